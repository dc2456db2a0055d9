//! What a safe keeps of a layer: the key of its blocks, where they lie, and what is known of its persons.

use std::io;
use std::path::Path;

use renketsu_seal::blocks::{BlockPlace, BlocksKey, BlocksReader};
use roaring::RoaringBitmap;
use zeroize::Zeroizing;

use super::super::person::{Broken, Reader};
use super::{Below, Blocks, Hash, Index, Layer, ReadError};

const FORMAT: &[u8; 20] = b"renketsu.registry/1\n";

impl Layer {
    /// What a safe keeps of a layer in a file, with the file's key.
    pub(crate) fn write_head(&self, key: &BlocksKey) -> io::Result<Zeroizing<Vec<u8>>> {
        let mut out = Zeroizing::new(Vec::with_capacity(1 << 16));
        out.extend_from_slice(FORMAT);
        out.extend_from_slice(key.expose());
        out.extend_from_slice(&self.count.to_le_bytes());
        out.extend_from_slice(&self.rows.to_le_bytes());
        out.extend_from_slice(&self.without_first.to_le_bytes());
        put_index(&self.persons, &mut out, |first, out| {
            out.extend_from_slice(&first.to_le_bytes());
        })?;
        for key in &self.keys {
            put_bytes(key, &mut out)?;
        }
        put_index(&self.numbers, &mut out, Hash::put)?;
        put_index(&self.triples, &mut out, Hash::put)?;
        put_bitmap(&self.first_shared, &mut out)?;
        put_bitmap(&self.triple_shared, &mut out)?;
        let layers = u32::try_from(self.below.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        out.extend_from_slice(&layers.to_le_bytes());
        for below in &self.below {
            put_bitmap(&below.dead, &mut out)?;
            put_bitmap(&below.first_turned, &mut out)?;
            put_bitmap(&below.triple_turned, &mut out)?;
        }
        Ok(out)
    }

    /// The layer of `path`, from what the safe beside it keeps.
    pub(crate) fn open(path: &Path, head: &[u8]) -> Result<Self, ReadError> {
        let mut head = Reader(head);
        let form = || ReadError::Broken(Broken("head"));
        if head.take(FORMAT.len()) != Some(FORMAT.as_slice()) {
            return Err(form());
        }
        let key = BlocksKey::from_bytes(&head.array().ok_or_else(form)?);
        let blocks = Blocks::File(Box::new(BlocksReader::open(path, &key)?));
        read_head(&mut head, blocks).ok_or_else(form)
    }
}

#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method itself is of one lifetime"
)]
fn read_head(head: &mut Reader<'_>, blocks: Blocks) -> Option<Layer> {
    let (count, rows, without_first) = (head.u32()?, head.u64()?, head.u64()?);
    let persons = get_index(head, |head| head.u32())?;
    let mut keys = Vec::with_capacity(persons.places.len());
    for _ in &persons.places {
        keys.push(get_bytes(head)?.into());
    }
    let numbers = get_index(head, |head| head.u64())?;
    let triples = get_index(head, |head| head.array().map(u128::from_le_bytes))?;
    let (first_shared, triple_shared) = (get_bitmap(head)?, get_bitmap(head)?);
    let layers = head.u32()?;
    let mut below = Vec::new();
    for _ in 0..layers {
        below.push(Below {
            dead: get_bitmap(head)?,
            first_turned: get_bitmap(head)?,
            triple_turned: get_bitmap(head)?,
        });
    }
    head.0.is_empty().then_some(Layer {
        blocks,
        persons,
        keys,
        numbers,
        triples,
        count,
        rows,
        first_shared,
        triple_shared,
        without_first,
        below,
    })
}

fn put_index<T: Copy>(
    index: &Index<T>,
    out: &mut Vec<u8>,
    put: impl Fn(T, &mut Vec<u8>),
) -> io::Result<()> {
    let count = u32::try_from(index.places.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    out.extend_from_slice(&count.to_le_bytes());
    for (first, place) in index.firsts.iter().zip(&index.places) {
        put(*first, out);
        out.extend_from_slice(&place.number.to_le_bytes());
        out.extend_from_slice(&place.offset.to_le_bytes());
        out.extend_from_slice(&place.length.to_le_bytes());
    }
    Ok(())
}

fn get_index<T>(
    head: &mut Reader<'_>,
    get: impl Fn(&mut Reader<'_>) -> Option<T>,
) -> Option<Index<T>> {
    let mut index = Index::default();
    for _ in 0..head.u32()? {
        index.firsts.push(get(head)?);
        index.places.push(BlockPlace {
            number: head.u64()?,
            offset: head.u64()?,
            length: head.u32()?,
        });
    }
    Some(index)
}

fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
    Ok(())
}

fn get_bytes<'a>(head: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = head.u32()?;
    head.take(usize::try_from(length).ok()?)
}

fn put_bitmap(bitmap: &RoaringBitmap, out: &mut Vec<u8>) -> io::Result<()> {
    let mut bytes = Vec::with_capacity(bitmap.serialized_size());
    bitmap.serialize_into(&mut bytes)?;
    put_bytes(&bytes, out)
}

fn get_bitmap(head: &mut Reader<'_>) -> Option<RoaringBitmap> {
    RoaringBitmap::deserialize_from(get_bytes(head)?).ok()
}
