//! One synthetic person as each source format writes them, strictly.

/// A person as sources know one. All texts are in their plain form: digits and kana as a register has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Insured {
    /// The source's own key of the person.
    pub key: String,
    /// 姓 in full-width katakana.
    pub family: String,
    /// 名 in full-width katakana.
    pub given: String,
    /// `YYYYMMDD`.
    pub birth: String,
    /// 性別: 1 or 2.
    pub sex: u8,
    /// 保険者番号, 8 digits.
    pub insurer: String,
    /// 記号 in half-width characters; may be empty.
    pub symbol: String,
    /// 番号 in half-width characters.
    pub number: String,
    /// 枝番, 2 digits, or none.
    pub branch: Option<String>,
    /// A day on which the number was valid, `YYYYMMDD`.
    pub day: String,
}

/// How a message says which characters it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Characters {
    /// UTF-8 without a mark.
    Utf8,
    /// CP932.
    ShiftJis,
}

impl Characters {
    fn declared(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::ShiftJis => "Shift_JIS",
        }
    }

    fn code(self) -> u8 {
        match self {
            Self::Utf8 => 0,
            Self::ShiftJis => 1,
        }
    }
}

/// ASCII as full-width characters, as claims and cards have it.
pub fn wide(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            ' ' => '\u{3000}',
            '!'..='~' => char::from_u32(u32::from(c).wrapping_add(0xFEE0)).unwrap_or(c),
            other => other,
        })
        .collect()
}

impl Insured {
    /// 氏名 with a full-width space.
    pub fn kana(&self) -> String {
        format!("{}\u{3000}{}", self.family, self.given)
    }

    fn iso(date: &str) -> String {
        let (year, rest) = date.split_at_checked(4).unwrap_or((date, ""));
        let (month, day) = rest.split_at_checked(2).unwrap_or((rest, ""));
        format!("{year}-{month}-{day}")
    }

    /// A claim (UKE) without its IR record: RE, HO and, for a branch, SN. In CP932 with CRLF once encoded.
    pub fn claim(&self, index: u32) -> String {
        let month = self.day.get(..6).unwrap_or_default();
        let mut text = format!(
            "RE,{index},1112,{month},架空　氏名,{},{},,,,,,,{}{}{},\r\nHO,{:>8},{},{},1,276,,,,,,,,,\r\n",
            self.sex,
            self.birth,
            self.key,
            ",".repeat(23),
            self.kana(),
            self.insurer,
            wide(&self.symbol),
            wide(&self.number),
        );
        if let Some(branch) = &self.branch {
            text.push_str("SN,1,01,,,,");
            text.push_str(branch);
            text.push_str(",,\r\n");
        }
        text
    }

    /// A CDA document of 特定健診, in UTF-8.
    pub fn checkup(&self) -> String {
        let id = |root: &str, value: &str| {
            format!("<id extension=\"{value}\" root=\"1.2.392.200119.6.{root}\"/>")
        };
        let symbol = if self.symbol.is_empty() {
            String::new()
        } else {
            id("204", &wide(&self.symbol))
        };
        let branch = self
            .branch
            .as_ref()
            .map(|branch| id("211", branch))
            .unwrap_or_default();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n\
             <effectiveTime value=\"20261101\"/>\n\
             <recordTarget><patientRole>\n{}{symbol}{}{branch}{}\n\
             <addr><postalCode>100-0001</postalCode></addr>\n\
             <patient><name>{}</name>\
             <administrativeGenderCode code=\"{}\" codeSystem=\"1.2.392.200119.6.1104\"/>\
             <birthTime value=\"{}\"/></patient>\n</patientRole></recordTarget>\n\
             <documentationOf><serviceEvent><code code=\"010\" codeSystem=\"1.2.392.200119.6.1002\"/>\
             <effectiveTime value=\"{}\"/><performer typeCode=\"PRF\"><assignedEntity>\
             <id nullFlavor=\"NI\"/><representedOrganization>{}<name>架空健診</name></representedOrganization>\
             </assignedEntity></performer></serviceEvent></documentationOf>\n</ClinicalDocument>\n",
            id("101", &self.insurer),
            id("205", &wide(&self.number)),
            id("299", &self.key),
            self.kana(),
            self.sex,
            self.birth,
            self.day,
            id("102", "1312345678"),
        )
    }

    /// An answer of オンライン資格確認 for one person, as text in the characters it declares.
    pub fn eligibility(&self, characters: Characters) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"{}\" standalone=\"no\"?>\n<XmlMsg><MessageHeader>\
             <ProcessExecutionTime>{}120000</ProcessExecutionTime>\
             <QualificationConfirmationDate>{}</QualificationConfirmationDate>\
             <MedicalInstitutionCode>1312345678</MedicalInstitutionCode>\
             <ReferenceClassification>2</ReferenceClassification><SegmentOfResult>1</SegmentOfResult>\
             <CharacterCodeIdentifier>{}</CharacterCodeIdentifier></MessageHeader>\n\
             <MessageBody><ProcessingResultStatus>1</ProcessingResultStatus>\
             <QualificationValidity>1</QualificationValidity>\n\
             <ResultList>{}</ResultList></MessageBody></XmlMsg>\n",
            characters.declared(),
            self.day,
            self.day,
            characters.code(),
            self.eligibility_result(),
        )
    }

    /// The element of an answer that is about the person.
    pub fn eligibility_result(&self) -> String {
        format!(
            "<ResultOfQualificationConfirmation>\n\
             <InsuredCardClassification>01</InsuredCardClassification>\
             <InsurerNumber>{}</InsurerNumber><InsuredCardSymbol>{}</InsuredCardSymbol>\
             <InsuredIdentificationNumber>{}</InsuredIdentificationNumber>\
             <InsuredBranchNumber>{}</InsuredBranchNumber>\
             <PersonalFamilyClassification>1</PersonalFamilyClassification>\
             <Name>架空　氏名</Name><NameKana>{}</NameKana><Sex1>{}</Sex1>\
             <Birthdate>{}</Birthdate><ReferenceNumber>{}</ReferenceNumber>\
             </ResultOfQualificationConfirmation>",
            self.insurer,
            wide(&self.symbol),
            wide(&self.number),
            self.branch.as_deref().unwrap_or_default(),
            self.kana(),
            self.sex,
            self.birth,
            self.key,
        )
    }

    /// The FHIR Patient (JP Core) whose id is the key.
    pub fn patient(&self) -> String {
        let representation = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";
        format!(
            "{{\"resourceType\":\"Patient\",\"id\":\"{}\",\"name\":[\
             {{\"extension\":[{{\"url\":\"{representation}\",\"valueCode\":\"IDE\"}}],\
             \"use\":\"official\",\"family\":\"架空\",\"given\":[\"氏名\"]}},\
             {{\"extension\":[{{\"url\":\"{representation}\",\"valueCode\":\"SYL\"}}],\
             \"use\":\"official\",\"family\":\"{}\",\"given\":[\"{}\"]}}],\
             \"gender\":\"{}\",\"birthDate\":\"{}\"}}",
            self.key,
            self.family,
            self.given,
            if self.sex == 1 { "male" } else { "female" },
            Self::iso(&self.birth),
        )
    }

    /// The FHIR Coverage (JP Core) of the person: extensions, member ID and payor.
    pub fn coverage(&self, beneficiary: &str, payor: &str) -> String {
        let extension = |name: &str, value: &str| {
            format!(
                "{{\"url\":\"http://jpfhir.jp/fhir/core/Extension/StructureDefinition/JP_Coverage_InsuredPerson{name}\",\
                 \"valueString\":\"{value}\"}}"
            )
        };
        let mut extensions = Vec::new();
        if !self.symbol.is_empty() {
            extensions.push(extension("Symbol", &wide(&self.symbol)));
        }
        extensions.push(extension("Number", &wide(&self.number)));
        if let Some(branch) = &self.branch {
            extensions.push(extension("SubNumber", branch));
        }
        format!(
            "{{\"resourceType\":\"Coverage\",\"id\":\"c-{}\",\"extension\":[{}],\"identifier\":[{{\
             \"system\":\"http://jpfhir.jp/fhir/clins/Idsystem/JP_Insurance_memberID\",\
             \"value\":\"{}:{}:{}:{}\"}}],\"status\":\"active\",\
             \"beneficiary\":{{\"reference\":\"{beneficiary}\"}},\"period\":{{\"start\":\"{}\"}},\
             \"payor\":[{{\"reference\":\"{payor}\"}}]}}",
            self.key,
            extensions.join(","),
            self.insurer,
            wide(&self.symbol),
            wide(&self.number),
            self.branch.as_deref().unwrap_or_default(),
            Self::iso(&self.day),
        )
    }

    /// The FHIR Organization of the insurer.
    pub fn payor(&self, id: &str) -> String {
        format!(
            "{{\"resourceType\":\"Organization\",\"id\":\"{id}\",\"identifier\":[{{\
             \"system\":\"http://jpfhir.jp/fhir/core/mhlw/IdSystem/InsurerNumber\",\
             \"value\":\"{}\"}}],\"name\":\"架空組合\"}}",
            self.insurer
        )
    }

    /// The data record of a long-term care claim (基本情報レコード); `care` is 証記載保険者番号 and 被保険者番号.
    pub fn care_claim(&self, index: u32, care: (&str, &str)) -> String {
        format!(
            "2,{index},7131,01,{},1370000001,{:>8},{},,,,,,,{},{},21\r\n",
            self.day.get(..6).unwrap_or_default(),
            care.0,
            care.1,
            self.birth,
            self.sex,
        )
    }

    /// The header of [`Insured::ledger_row`].
    pub const LEDGER: &str = "証記載保険者番号,被保険者番号,被保険者氏名（カナ）,生年月日,性別,\
                              国保保険者番号,国保被保険者証記号,国保被保険者証番号,国保被保険者証枝番,\
                              後期高齢者医療保険者番号,後期高齢者医療被保険者番号\r\n";

    /// A row of the 受給者台帳 with the person's medical number.
    pub fn ledger_row(&self, care: (&str, &str)) -> String {
        let person = format!(
            "{},{},{},{},{}",
            care.0,
            care.1,
            self.kana(),
            self.birth,
            self.sex
        );
        if self.insurer.starts_with("39") {
            format!("{person},,,,,{},{}\r\n", self.insurer, self.number)
        } else {
            let branch = self.branch.as_deref().unwrap_or_default();
            format!(
                "{person},{},{},{},{branch},,\r\n",
                self.insurer,
                wide(&self.symbol),
                wide(&self.number)
            )
        }
    }
}
