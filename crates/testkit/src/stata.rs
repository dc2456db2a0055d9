//! A Stata file byte by byte, as a program writes it that means no good: the library that reads such files has a writer
//! that makes no code lists.

/// A column of whole numbers of 8 bits.
#[derive(Debug, Clone, Copy)]
pub struct StataColumn<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its name in words.
    pub label: &'a str,
    /// The name of its code list, or nothing.
    pub codes: &'a str,
}

/// A code list: where each entry's text begins, and the texts with a null after each.
#[derive(Debug, Clone)]
pub struct StataCodes {
    /// Its name.
    pub name: String,
    /// Where in the texts each entry's text begins; the codes count from 1.
    pub starts: Vec<u32>,
    /// The texts.
    pub texts: Vec<u8>,
}

impl StataCodes {
    /// The list of these texts.
    pub fn new(name: &str, entries: &[&str]) -> Self {
        let mut texts = Vec::new();
        let mut starts = Vec::new();
        for entry in entries {
            starts.push(length(&texts));
            texts.extend_from_slice(entry.as_bytes());
            texts.push(0);
        }
        Self {
            name: name.to_owned(),
            starts,
            texts,
        }
    }

    fn write(&self, out: &mut Vec<u8>) {
        let mut body = Vec::new();
        body.extend(length(&self.starts).to_le_bytes());
        body.extend(length(&self.texts).to_le_bytes());
        for start in &self.starts {
            body.extend(start.to_le_bytes());
        }
        for (code, _) in (1_u32..).zip(&self.starts) {
            body.extend(code.to_le_bytes());
        }
        body.extend_from_slice(&self.texts);
        out.extend_from_slice(b"<lbl>");
        out.extend(length(&body).to_le_bytes());
        padded(out, &self.name, 132);
        out.append(&mut body);
        out.extend_from_slice(b"</lbl>");
    }
}

/// A file of release 118 with these columns, code lists, and one row of ones.
pub fn stata(columns: &[StataColumn<'_>], codes: &[StataCodes]) -> Vec<u8> {
    let mut out =
        b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>".to_vec();
    let count = u16::try_from(columns.len()).unwrap_or(u16::MAX);
    out.extend(count.to_le_bytes());
    out.extend_from_slice(b"</K><N>");
    out.extend(1_u64.to_le_bytes());
    out.extend_from_slice(b"</N><label>\0\0</label><timestamp>\0</timestamp></header><map>");
    // Nobody is led by the map: the sections stand in their order.
    out.extend([0; 14 * 8]);
    out.extend_from_slice(b"</map><variable_types>");
    for _ in columns {
        out.extend(65_530_u16.to_le_bytes());
    }
    out.extend_from_slice(b"</variable_types><varnames>");
    for column in columns {
        padded(&mut out, column.name, 129);
    }
    out.extend_from_slice(b"</varnames><sortlist>\0\0");
    for _ in columns {
        out.extend([0; 2]);
    }
    out.extend_from_slice(b"</sortlist><formats>");
    for _ in columns {
        padded(&mut out, "%8.0g", 57);
    }
    out.extend_from_slice(b"</formats><value_label_names>");
    for column in columns {
        padded(&mut out, column.codes, 129);
    }
    out.extend_from_slice(b"</value_label_names><variable_labels>");
    for column in columns {
        padded(&mut out, column.label, 321);
    }
    out.extend_from_slice(b"</variable_labels><characteristics></characteristics><data>");
    out.extend(columns.iter().map(|_| 1));
    out.extend_from_slice(b"</data><strls></strls><value_labels>");
    for list in codes {
        list.write(&mut out);
    }
    out.extend_from_slice(b"</value_labels></stata_dta>");
    out
}

fn padded(out: &mut Vec<u8>, text: &str, width: usize) {
    let end = out.len().saturating_add(width);
    out.extend_from_slice(text.as_bytes());
    out.resize(end, 0);
}

fn length<T>(of: &[T]) -> u32 {
    u32::try_from(of.len()).unwrap_or(u32::MAX)
}
