//! Runs a program at a terminal, and looks at what its screen shows.

// Not every test uses all of it.
#![allow(dead_code)]

use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::os::fd::OwnedFd;
use std::process::{Command, Output, Stdio};
use std::thread;

use rustix::io::Errno;
use rustix::pty::{OpenptFlags, grantpt, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use vt100::Parser;

/// Enough that no row is lost at the top.
const ROWS: NonZero<u16> = NonZero::new(8000).unwrap();
/// The width of a terminal that does not report one.
const USUAL_COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();

/// Which output of a program goes to the terminal. The other one goes into a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connected {
    Stdout,
    Stderr,
    Both,
}

pub struct Terminal {
    columns: NonZero<u16>,
    /// All bytes that were sent to it.
    pub bytes: Vec<u8>,
}

impl Terminal {
    /// Runs a program at a terminal that reports `columns` as its width; 0 means that it reports none. The `Output` has
    /// what went into pipes.
    pub fn run(command: &mut Command, connected: Connected, columns: u16) -> (Self, Output) {
        let (controller, end) = open(columns);
        let output = |other| if connected == other { Stdio::piped() } else { Stdio::from(end.try_clone().unwrap()) };
        command.stdin(Stdio::null()).stdout(output(Connected::Stderr)).stderr(output(Connected::Stdout));
        let child = command.spawn().unwrap();
        // From here on, only the program has its end open.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        drop(end);
        let reader = thread::spawn(move || read(controller));
        let output = child.wait_with_output().unwrap();
        let columns = NonZero::new(columns).unwrap_or(USUAL_COLUMNS);
        (Self { columns, bytes: reader.join().unwrap() }, output)
    }

    /// The screen after the last byte.
    pub fn screen(&self) -> Parser {
        let mut screen = self.blank();
        screen.process(&self.bytes);
        screen
    }

    /// What the screen showed each time just before the cursor went back to the start of a line, without empty screens.
    pub fn views(&self) -> Vec<String> {
        let mut screen = self.blank();
        let mut views = Vec::new();
        for (at, &byte) in self.bytes.iter().enumerate() {
            if byte == b'\r' && self.bytes.get(at + 1) != Some(&b'\n') {
                views.push(screen.screen().contents());
            }
            screen.process(&[byte]);
        }
        views.retain(|view| !view.is_empty());
        views
    }

    fn blank(&self) -> Parser {
        Parser::new(ROWS, self.columns, 0)
    }
}

/// Both ends of a new terminal: the one that the test reads from, and the one of the program.
fn open(columns: u16) -> (OwnedFd, OwnedFd) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let controller = openpt(flags).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let end = ioctl_tiocgptpeer(&controller, flags).unwrap();
    tcsetwinsize(&end, Winsize { ws_row: ROWS.get(), ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (controller, end)
}

/// Everything that the program writes, until no process has its end open any more.
fn read(controller: OwnedFd) -> Vec<u8> {
    let mut bytes = Vec::new();
    match File::from(controller).read_to_end(&mut bytes) {
        // This error is how the system reports that the other end is closed.
        Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => bytes,
        read => panic!("{read:?} of a terminal"),
    }
}
