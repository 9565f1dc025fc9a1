//! Makes seeds from logs and databases that Kevo wrote, from our own, and for the C ABI:
//! `cargo run --example seeds -- ../tests/fixtures ../tests/databases corpus`.

use fastrand::Rng;
use kevo_fuzz::database_input::{CONTROL_LEN, encode};
use kevo_fuzz::directory::Input;
use kevo_fuzz::model::LogFile;
use kevo_fuzz::{c_api, database_mutator, marks_mutator};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The longest seed, in bytes. Longer ones make a fuzzer slow and show it nothing new.
const LONGEST: usize = 4096;
/// The longest seed of a whole database.
const LONGEST_DATABASE: usize = 8192;
/// How many seeds are made of logs and databases of ours.
const OURS: u64 = 24;

fn main() -> io::Result<()> {
    let argument = |index| PathBuf::from(env::args_os().nth(index).expect("FIXTURES DATABASES CORPUS"));
    let [fixtures, databases, corpus] = [1, 2, 3].map(argument);
    for fixture in entries(&fixtures)? {
        let name = fixture.file_name().expect("a name").to_string_lossy().into_owned();
        let mut files = files_below(&fixture.join("wal"), "")?;
        files.retain(|file| file.name.ends_with(".wal"));
        seed(&corpus.join("directory"), &name, &Input::encode(&files))?;
        for (index, file) in files.iter().enumerate() {
            seed(&corpus.join("file"), &format!("{name}-{index}"), &file.bytes)?;
            if let Some(payload) = file.bytes.get(7..) {
                let length = usize::from(u16::from_le_bytes([file.bytes[4], file.bytes[5]]));
                seed(&corpus.join("payload"), &format!("{name}-{index}"), &payload[..length.min(payload.len())])?;
            }
        }
    }
    for database in entries(&databases)? {
        let name = database.file_name().expect("a name").to_string_lossy().into_owned();
        let files: Vec<_> =
            files_below(&database.join("db"), "")?.into_iter().map(|file| (file.name, file.bytes)).collect();
        let input = encode([0; CONTROL_LEN], &files);
        seed(&corpus.join("database"), &name, &input)?;
    }
    for number in 0..OURS {
        let (mut rng, name) = (Rng::with_seed(number), format!("ours-{number:02}"));
        let bytes = marks_mutator::any_log(&mut rng);
        seed(&corpus.join("file"), &name, &bytes)?;
        let file = LogFile { name: "00000000000000000001.wal".to_owned(), bytes };
        seed(&corpus.join("directory"), &name, &Input::encode(&[file]))?;
        let files = database_mutator::made(&mut rng);
        if let Some((_, versions)) = files.iter().find(|(path, _)| path == "VERSIONS") {
            seed(&corpus.join("versions"), &name, versions)?;
        }
        let input = encode([0, number as u8, 0, 0, number as u8, 1, 2, 3], &files);
        seed(&corpus.join("database"), &name, &input)?;
    }
    for (index, input) in c_api::seeds().enumerate() {
        seed(&corpus.join("c_api"), &format!("{index:02}"), &input)?;
    }
    Ok(())
}

fn seed(corpus: &Path, name: &str, input: &[u8]) -> io::Result<()> {
    fs::create_dir_all(corpus)?;
    let longest = if corpus.ends_with("database") { LONGEST_DATABASE } else { LONGEST };
    if input.len() > longest { Ok(()) } else { fs::write(corpus.join(name), input) }
}

/// The files of a directory and of its subdirectories.
fn files_below(directory: &Path, prefix: &str) -> io::Result<Vec<LogFile>> {
    let mut files = Vec::new();
    for path in entries(directory)? {
        let name = format!("{prefix}{}", path.file_name().expect("a name").to_string_lossy());
        if path.is_dir() {
            files.extend(files_below(&path, &format!("{name}/"))?);
        } else {
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
