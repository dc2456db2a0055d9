//! `Debug` for values of a person: the name of the type and nothing else.

/// Implements `Debug` so that it prints the type's name and never the value.
macro_rules! redacted_debug {
    ($($name:ident),+ $(,)?) => {
        $(impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        })+
    };
}

pub(crate) use redacted_debug;
