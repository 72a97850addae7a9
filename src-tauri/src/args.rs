//! What the program is started with: by a person, by the desktop (a double click) or by a second start.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Parser;
use tauri::Url;

/// Opens traces of LLM applications in a window.
#[derive(Debug, Clone, Default, Parser)]
#[command(name = "tracemark-desktop", version)]
pub(crate) struct Args {
    /// Folder of the library, instead of the usual one of this computer.
    #[arg(long, env = "TRACEMARK_LIBRARY", value_name = "DIR")]
    pub(crate) library: Option<PathBuf>,

    /// Address on which traces are taken, instead of the port in the settings; port 0 takes a free one.
    #[arg(long, env = "TRACEMARK_ENDPOINT", value_name = "ADDRESS")]
    pub(crate) endpoint: Option<SocketAddr>,

    /// Address on which OTLP over gRPC is taken, instead of the port in the settings; port 0 takes a free one.
    #[arg(long, env = "TRACEMARK_GRPC", value_name = "ADDRESS")]
    pub(crate) grpc: Option<SocketAddr>,

    /// Trace files or folders to open.
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

impl Args {
    /// The arguments of another start of the program, as that start saw them from its own folder.
    ///
    /// A start that cannot be understood opens nothing, but still brings the window to the front.
    pub(crate) fn of_second_start(arguments: Vec<String>, folder: &Path) -> Self {
        let mut args = Self::try_parse_from(arguments).unwrap_or_default();
        args.resolve(folder);
        args
    }

    /// Makes every path absolute, so that it stays right wherever it is read later.
    pub(crate) fn resolve(&mut self, folder: &Path) {
        for file in &mut self.files {
            *file = absolute(file, folder);
        }
        if let Some(library) = &mut self.library {
            *library = folder.join(&*library);
        }
    }
}

/// Some desktops hand over `file:` addresses where others hand over paths.
fn absolute(file: &Path, folder: &Path) -> PathBuf {
    let address =
        file.to_str().filter(|text| text.starts_with("file:")).and_then(|text| Url::parse(text).ok());
    match address.and_then(|address| address.to_file_path().ok()) {
        Some(path) => path,
        None => folder.join(file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_folder_of_the_start() {
        let arguments = ["tracemark-desktop", "a.jsonl", "/b/c.pb", "file:///d/e%20f.otlp"].map(String::from);
        let args = Args::of_second_start(arguments.to_vec(), Path::new("/home/ada"));
        assert_eq!(args.files, ["/home/ada/a.jsonl", "/b/c.pb", "/d/e f.otlp"].map(PathBuf::from));
    }

    #[test]
    fn a_start_that_cannot_be_understood_opens_nothing() {
        let arguments = ["tracemark-desktop", "--what", "a.jsonl"].map(String::from);
        assert!(Args::of_second_start(arguments.to_vec(), Path::new("/")).files.is_empty());
    }

    #[test]
    fn the_declaration_of_the_arguments_is_sound() {
        use clap::CommandFactory as _;
        Args::command().debug_assert();
    }
}
