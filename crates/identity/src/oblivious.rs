//! The verifiable oblivious PRF of RFC 9497, ristretto255-SHA512, mode VOPRF, by the crate `voprf`. Chance is given by the
//! caller: 64 bytes for each scalar, wiped once they are used.

use rand_core_06::{CryptoRng, Error as NoChance, RngCore, impls};
use voprf::{
    BlindedElement, EvaluationElement, Group as _, Proof, Ristretto255, VoprfClient, VoprfServer,
};
use zeroize::{Zeroize as _, Zeroizing};

/// Bytes of a point of the group, or of a scalar.
pub(crate) const ELEMENT: usize = 32;
/// Bytes of a proof: two scalars.
pub(crate) const PROOF: usize = 64;

pub(crate) type Element = [u8; ELEMENT];
/// The point itself, once its bytes were looked at.
pub(crate) type Point = <Ristretto255 as voprf::Group>::Elem;
type Scalar = <Ristretto255 as voprf::Group>::Scalar;
type Server = VoprfServer<Ristretto255>;
type Client = VoprfClient<Ristretto255>;

/// What a row shows whoever verifies it: input, blinding factor, blinded point, evaluated point.
pub(crate) struct Shown<'a> {
    pub(crate) input: &'a [u8],
    pub(crate) factor: &'a Element,
    pub(crate) blinded: &'a Element,
    pub(crate) evaluated: &'a Element,
}

/// What is wrong, and in the which row of those that were given, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// No scalar, or zero.
    Factor(usize),
    /// Not the input blinded by the factor.
    Blinded(usize),
    /// No point of the group, or the identity.
    Point(usize),
    /// The proof does not hold for these rows and this key.
    Proof,
    /// No secret key, or more rows than a proof is for.
    Form,
}

/// 64 bytes as a source of one scalar. Whoever asks for more gets the scalar 1 again and again: it is asked for more only if
/// the first was 0, once in 2^252 times.
struct Given<'a>(Option<&'a mut [u8; 64]>);

impl RngCore for Given<'_> {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, wanted: &mut [u8]) {
        wanted.fill(0);
        match self.0.take() {
            Some(given) => {
                for (to, from) in wanted.iter_mut().zip(given.iter()) {
                    *to = *from;
                }
                given.zeroize();
            }
            None => wanted.iter_mut().take(1).for_each(|first| *first = 1),
        }
    }

    fn try_fill_bytes(&mut self, wanted: &mut [u8]) -> Result<(), NoChance> {
        self.fill_bytes(wanted);
        Ok(())
    }
}

// As good as what the caller gave.
impl CryptoRng for Given<'_> {}

/// `DeriveKeyPair(seed, info)`: the secret key goes into `secret`, the public one is returned. Fails once in 2^252 times to the
/// 256th.
pub(crate) fn key_pair(seed: &[u8], info: &[u8], secret: &mut [u8]) -> Result<Element, Wrong> {
    let server = Server::new_from_seed(seed, info).map_err(|_| Wrong::Form)?;
    let mut both = server.serialize();
    let (from, public) = both.split_first_chunk::<ELEMENT>().ok_or(Wrong::Form)?;
    for (to, from) in secret.iter_mut().zip(from) {
        *to = *from;
    }
    let public = public.first_chunk().copied().ok_or(Wrong::Form);
    both.zeroize();
    public
}

/// The point that these bytes are, if they are one and not the identity.
pub(crate) fn point(bytes: &Element) -> Option<Point> {
    Ristretto255::deserialize_elem(bytes).ok()
}

/// `Blind(input)`: the factor and the blinded point.
pub(crate) fn blind(
    input: &[u8],
    chance: &mut [u8; 64],
) -> Result<(Zeroizing<Element>, Element), Wrong> {
    let blinded = Client::blind(input, &mut Given(Some(chance))).map_err(|_| Wrong::Form)?;
    let mut state = blinded.state.serialize();
    let factor = state.first_chunk().copied().map(Zeroizing::new);
    state.zeroize();
    Ok((
        factor.ok_or(Wrong::Form)?,
        blinded.message.serialize().into(),
    ))
}

fn reblinded(input: &[u8], factor: Scalar) -> Result<Client, Wrong> {
    Client::deterministic_blind_unchecked(input, factor)
        .map(|blinded| blinded.state)
        .map_err(|_| Wrong::Form)
}

/// `BlindEvaluate`, of all points with one proof.
pub(crate) fn evaluate(
    secret: &[u8],
    blinded: &[Element],
    chance: &mut [u8; 64],
) -> Result<(Vec<Element>, [u8; PROOF]), Wrong> {
    let server = Server::new_with_key(secret).map_err(|_| Wrong::Form)?;
    let points: Vec<BlindedElement<Ristretto255>> = blinded
        .iter()
        .enumerate()
        .map(|(row, bytes)| BlindedElement::deserialize(bytes).map_err(|_| Wrong::Point(row)))
        .collect::<Result<_, _>>()?;
    let evaluated = server
        .batch_blind_evaluate(&mut Given(Some(chance)), &points)
        .map_err(|_| Wrong::Form)?;
    let proof: [u8; PROOF] = evaluated.proof.serialize().into();
    let messages = evaluated.messages.iter();
    Ok((
        messages.map(|message| message.serialize().into()).collect(),
        proof,
    ))
}

/// `Evaluate(input)`: what `Finalize` comes to, for whoever holds the secret key. Its first 32 bytes.
pub(crate) fn output(secret: &[u8], input: &[u8]) -> Result<Element, Wrong> {
    let server = Server::new_with_key(secret).map_err(|_| Wrong::Form)?;
    let output = server.evaluate(input).map_err(|_| Wrong::Form)?;
    output.first_chunk().copied().ok_or(Wrong::Form)
}

/// Checks every blinded point and the proof, and finalizes: the first 32 bytes of each output. Nothing is given if one row is
/// wrong.
pub(crate) fn finalize(
    public: Point,
    rows: &[Shown<'_>],
    proof: &[u8; PROOF],
) -> Result<Vec<Element>, Wrong> {
    let mut clients = Vec::with_capacity(rows.len());
    let mut evaluated = Vec::with_capacity(rows.len());
    for (row, shown) in rows.iter().enumerate() {
        let factor =
            Ristretto255::deserialize_scalar(shown.factor).map_err(|_| Wrong::Factor(row))?;
        let client = reblinded(shown.input, factor)?;
        if client.serialize().get(ELEMENT..) != Some(shown.blinded.as_slice()) {
            return Err(Wrong::Blinded(row));
        }
        clients.push(client);
        let element = EvaluationElement::<Ristretto255>::deserialize(shown.evaluated);
        evaluated.push(element.map_err(|_| Wrong::Point(row))?);
    }
    let proof = Proof::<Ristretto255>::deserialize(proof).map_err(|_| Wrong::Proof)?;
    let inputs: Vec<&[u8]> = rows.iter().map(|shown| shown.input).collect();
    Client::batch_finalize(&inputs, &clients, &evaluated, &proof, public)
        .map_err(|_| Wrong::Proof)?
        .map(|output| {
            let output = output.map_err(|_| Wrong::Form)?;
            output.first_chunk().copied().ok_or(Wrong::Form)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// RFC 9497, appendix A.1.2: ristretto255-SHA512, mode VOPRF.
    const SEED: [u8; 32] = [0xa3; 32];
    const INFO: &[u8] = b"test key";
    const SECRET: &str = "e6f73f344b79b379f1a0dd37e07ff62e38d9f71345ce62ae3a9bc60b04ccd909";
    const PUBLIC: &str = "c803e2cc6b05fc15064549b5920659ca4a77b2cca6f04f6b357009335476ad4e";
    const BLIND: &str = "64d37aed22a27f5191de1c1d69fadb899d8862b58eb4220029e036ec4c1f6706";
    const SECOND_BLIND: &str = "222a5e897cf59db8145db8d16e597e8facb80ae7d4e26d9881aa6f61d645fc0e";
    const FIRST_OUTPUT: &str = "b58cfbe118e0cb94d79b5fd6a6dafb98764dff49c14e1770b566e42402da1a7da4d8527693914139caee5bd03903af43a491351d23b430948dd50cde10d32b3c";
    const SECOND_OUTPUT: &str = "8a9a2f3c7f085b65933594309041fc1898d42d0858e59f90814ae90571a6df60356f4610bf816f27afdd84f47719e480906d27ecd994985890e5f539e7ea74b6";

    struct Row {
        input: &'static [u8],
        blind: &'static str,
        blinded: &'static str,
        evaluated: &'static str,
        output: &'static str,
    }

    struct Vector {
        rows: &'static [Row],
        proof: &'static str,
        chance: &'static str,
    }

    const FIRST: Row = Row {
        input: &[0],
        blind: BLIND,
        blinded: "863f330cc1a1259ed5a5998a23acfd37fb4351a793a5b3c090b642ddc439b945",
        evaluated: "aa8fa048764d5623868679402ff6108d2521884fa138cd7f9c7669a9a014267e",
        output: FIRST_OUTPUT,
    };

    const VECTORS: [Vector; 3] = [
        Vector {
            rows: &[FIRST],
            proof: "ddef93772692e535d1a53903db24367355cc2cc78de93b3be5a8ffcc6985dd066d4346421d17bf5117a2a1ff0fcb2a759f58a539dfbe857a40bce4cf49ec600d",
            chance: SECOND_BLIND,
        },
        Vector {
            rows: &[Row {
                input: &[0x5a; 17],
                blind: BLIND,
                blinded: "cc0b2a350101881d8a4cba4c80241d74fb7dcbfde4a61fde2f91443c2bf9ef0c",
                evaluated: "60a59a57208d48aca71e9e850d22674b611f752bed48b36f7a91b372bd7ad468",
                output: SECOND_OUTPUT,
            }],
            proof: "401a0da6264f8cf45bb2f5264bc31e109155600babb3cd4e5af7d181a2c9dc0a67154fabf031fd936051dec80b0b6ae29c9503493dde7393b722eafdf5a50b02",
            chance: SECOND_BLIND,
        },
        Vector {
            rows: &[
                FIRST,
                Row {
                    input: &[0x5a; 17],
                    blind: SECOND_BLIND,
                    blinded: "90a0145ea9da29254c3a56be4fe185465ebb3bf2a1801f7124bbbadac751e654",
                    evaluated: "cc5ac221950a49ceaa73c8db41b82c20372a4c8d63e5dded2db920b7eee36a2a",
                    output: SECOND_OUTPUT,
                },
            ],
            proof: "cc203910175d786927eeb44ea847328047892ddf8590e723c37205cb74600b0a5ab5337c8eb4ceae0494c2cf89529dcf94572ed267473d567aeed6ab873dee08",
            chance: "419c4f4f5052c53c45f3da494d2b67b220d02118e0857cdbcf037f9ea84bbe0c",
        },
    ];

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        HEXLOWER.decode(hex.as_bytes()).unwrap().try_into().unwrap()
    }

    /// Chance that comes to this scalar.
    fn chance(scalar: &str) -> [u8; 64] {
        let mut wide = [0; 64];
        wide[..32].copy_from_slice(&bytes::<32>(scalar));
        wide
    }

    #[test]
    fn keys_blinding_evaluation_proof_and_output_are_those_of_rfc_9497() {
        let mut secret = [0; 32];
        let public = key_pair(&SEED, INFO, &mut secret).unwrap();
        assert_eq!(secret, bytes(SECRET));
        assert_eq!(public, bytes(PUBLIC));
        for Vector {
            rows,
            proof,
            chance: of_proof,
        } in &VECTORS
        {
            let mut blinded = Vec::new();
            for row in *rows {
                let mut given = chance(row.blind);
                let (factor, point) = blind(row.input, &mut given).unwrap();
                assert_eq!(given, [0; 64], "wiped");
                assert_eq!(*factor, bytes(row.blind));
                assert_eq!(point, bytes(row.blinded));
                assert_eq!(
                    output(&secret, row.input).unwrap(),
                    bytes::<64>(row.output)[..32]
                );
                blinded.push(point);
            }
            let (evaluated, proven) = evaluate(&secret, &blinded, &mut chance(of_proof)).unwrap();
            assert_eq!(proven, bytes(proof));
            for (row, evaluated) in rows.iter().zip(&evaluated) {
                assert_eq!(*evaluated, bytes(row.evaluated));
            }
            let factors: Vec<Element> = rows.iter().map(|row| bytes(row.blind)).collect();
            let shown: Vec<Shown<'_>> = (0..rows.len())
                .map(|at| Shown {
                    input: rows[at].input,
                    factor: &factors[at],
                    blinded: &blinded[at],
                    evaluated: &evaluated[at],
                })
                .collect();
            let outputs = finalize(point(&public).unwrap(), &shown, &proven).unwrap();
            for (row, output) in rows.iter().zip(outputs) {
                assert_eq!(output, bytes::<64>(row.output)[..32]);
            }
        }
    }

    #[test]
    fn chance_that_is_zero_ends() {
        let (factor, _) = blind(b"x", &mut [0; 64]).unwrap();
        let mut one = [0; 32];
        one[0] = 1;
        assert_eq!(*factor, one);
    }

    #[test]
    fn the_identity_and_what_is_no_point_are_none() {
        assert!(point(&[0; 32]).is_none());
        assert!(point(&[0xff; 32]).is_none());
        assert!(point(&bytes(PUBLIC)).is_some());
    }
}
