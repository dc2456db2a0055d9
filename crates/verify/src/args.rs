//! What can be typed. 日本語の説明は `--lang ja` の出力と README にある。

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Check a copy of a log. ログの写しを確かめる。
#[derive(Debug, Parser)]
#[command(name = "renketsu-verify", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Language of messages (default: from the locale, else Japanese). 表示する言語
    #[arg(long, global = true, value_enum, value_name = "LANG")]
    pub(crate) lang: Option<Language>,
    #[command(subcommand)]
    pub(crate) asked: Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    En,
    /// 日本語
    Ja,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Asked {
    /// Check every entry, file and signature of a copy. 写しの記録、ファイル、署名をすべて確かめる
    Log(Log),
    /// Show one entry of a copy, and prove that it is in the log. 記録を一つ取り出し、証明を書き出す
    Entry(Entry),
    /// Check the proof of one entry without the log. ログなしで、記録一つの証明を確かめる
    Proof(Proof),
}

#[derive(Debug, Args)]
pub(crate) struct Log {
    /// The directory that `renketsu log export` wrote. 写しのディレクトリ
    #[arg(value_name = "COPY")]
    pub(crate) copy: PathBuf,
    /// The party's fingerprint, as it was told by another channel. 別の経路で聞いた組織の指紋
    #[arg(long, value_name = "FINGERPRINT")]
    pub(crate) fingerprint: Option<String>,
    /// A signed head that was kept; may be given several times. 以前に保管した署名（繰り返し可）
    #[arg(long, value_name = "FILE")]
    pub(crate) earlier: Vec<PathBuf>,
    /// A head from paper: how many entries, and the root. 紙の控え（件数:根）
    #[arg(long, value_name = "ENTRIES:ROOT")]
    pub(crate) paper: Vec<String>,
    /// The verifier key of a witness who must have signed a head; may be given several times. 立会人の検証鍵（繰り返し可）
    #[arg(long, value_name = "VERIFIER")]
    pub(crate) witness: Vec<String>,
    /// Print JSON with a `schema` field. JSON で出力
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Entry {
    /// The directory that `renketsu log export` wrote. 写しのディレクトリ
    #[arg(value_name = "COPY")]
    pub(crate) copy: PathBuf,
    /// The entry, counted from 0. 記録の番号（0 から）
    #[arg(value_name = "INDEX")]
    pub(crate) index: u64,
    /// Write the proof to this new file. 証明を書き出す新しいファイル
    #[arg(long, value_name = "FILE")]
    pub(crate) proof: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Proof {
    /// The proof. 証明
    #[arg(value_name = "PROOF")]
    pub(crate) file: PathBuf,
    /// A file with the line of the entry. 記録の行のファイル
    #[arg(value_name = "LINE")]
    pub(crate) line: PathBuf,
    /// The verifier key of the log: the line in the file `verifier` of a copy. ログの検証鍵
    #[arg(long, value_name = "VERIFIER")]
    pub(crate) key: String,
}
