//! Makes seeds from logs that Kevo wrote, and for the C ABI: `cargo run --example seeds -- ../tests/fixtures corpus`.

use kevo_fuzz::c_api;
use kevo_fuzz::directory::Input;
use kevo_fuzz::model::LogFile;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The longest seed, in bytes. Longer ones make a fuzzer slow and show it nothing new.
const LONGEST: usize = 4096;

fn main() -> io::Result<()> {
    let [fixtures, corpus] = [1, 2].map(|index| PathBuf::from(env::args_os().nth(index).expect("FIXTURES CORPUS")));
    for fixture in entries(&fixtures)? {
        let name = fixture.file_name().expect("a name").to_string_lossy().into_owned();
        let files = files_below(&fixture.join("wal"), "")?;
        seed(&corpus.join("directory"), &name, &Input::encode(&files))?;
        for (index, file) in files.iter().enumerate() {
            seed(&corpus.join("file"), &format!("{name}-{index}"), &file.bytes)?;
            if let Some(payload) = file.bytes.get(7..) {
                let length = usize::from(u16::from_le_bytes([file.bytes[4], file.bytes[5]]));
                seed(&corpus.join("payload"), &format!("{name}-{index}"), &payload[..length.min(payload.len())])?;
            }
        }
    }
    for (index, input) in c_api::seeds().enumerate() {
        seed(&corpus.join("c_api"), &format!("{index:02}"), &input)?;
    }
    Ok(())
}

fn seed(corpus: &Path, name: &str, input: &[u8]) -> io::Result<()> {
    fs::create_dir_all(corpus)?;
    if input.len() > LONGEST { Ok(()) } else { fs::write(corpus.join(name), input) }
}

/// The logs of a directory and of its subdirectories.
fn files_below(directory: &Path, prefix: &str) -> io::Result<Vec<LogFile>> {
    let mut files = Vec::new();
    for path in entries(directory)? {
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            files.extend(files_below(&path, &format!("{name}/"))?);
        } else if name.ends_with(".wal") {
            files.push(LogFile { name, bytes: fs::read(path)? });
        }
    }
    Ok(files)
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<_>>()?;
    paths.sort();
    Ok(paths)
}
