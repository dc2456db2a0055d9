//! The files of a layer: blocks, and the safe with their key and what is known of them.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use renketsu_seal::blocks::BlocksKey;
use renketsu_seal::safe::{self, SafeError};
use zeroize::Zeroizing;

use super::RegistryError;
use crate::party::Authority;
use crate::registry::{Layer, Place, ReadError, SORT_BYTES};
use crate::secrets::private_directory;

/// The directory of all layers, below the party's.
const DIRECTORY: &str = "registry";

/// Where the layer of this name lies, or will.
pub(super) struct LayerFiles<'a> {
    authority: &'a Authority<'a>,
    /// The safe, below the party's directory: what the state keeps.
    pub(super) name: String,
    safe: PathBuf,
    blocks: PathBuf,
}

impl<'a> LayerFiles<'a> {
    /// The files of a layer that the state names.
    pub(super) fn of(authority: &'a Authority<'a>, name: &str) -> Self {
        let safe = authority.dir().join(name);
        Self {
            authority,
            name: name.to_owned(),
            blocks: safe.with_extension("blocks"),
            safe,
        }
    }

    /// The files of a new layer. What a load that was interrupted before it was recorded left there makes way.
    pub(super) fn fresh(authority: &'a Authority<'a>, stem: &str) -> Result<Self, RegistryError> {
        private_directory(&authority.dir().join(DIRECTORY))?;
        let files = Self::of(authority, &format!("{DIRECTORY}/{stem}.layer"));
        files.destroy()?;
        Ok(files)
    }

    /// Where the layer is to be made.
    pub(super) fn place(&self) -> Result<Place, RegistryError> {
        Ok(Place {
            scratch: self.authority.scratch()?,
            file: self.blocks.clone(),
            at_once: SORT_BYTES,
        })
    }

    /// Seals what opens the layer. Until then its blocks are noise.
    pub(super) fn seal(&self, layer: &Layer, key: Option<&BlocksKey>) -> Result<(), RegistryError> {
        let io = |source| RegistryError::io(&self.safe, source);
        let key = key.ok_or_else(|| io(io::ErrorKind::InvalidInput.into()))?;
        let head = layer.write_head(key).map_err(io)?;
        let mut writer = safe::create(&self.safe, self.authority.keys())?;
        writer.write_all(&head).map_err(io)?;
        Ok(writer.commit()?)
    }

    pub(super) fn open(&self) -> Result<Arc<Layer>, RegistryError> {
        let mut reader = safe::open(&self.safe, self.authority.keys())?;
        let length = usize::try_from(reader.len()).unwrap_or(0);
        let mut head = Zeroizing::new(vec![0; length]);
        reader
            .read_exact(&mut head)
            .map_err(|error| RegistryError::Read(ReadError::Io(error)))?;
        Ok(Arc::new(Layer::open(&self.blocks, &head)?))
    }

    /// Destroys the key, then the blocks.
    pub(super) fn destroy(&self) -> Result<(), RegistryError> {
        match safe::destroy(&self.safe) {
            Ok(_) | Err(SafeError::Missing { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        gone(&self.blocks).map_err(|source| RegistryError::io(&self.blocks, source))
    }
}

fn gone(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
