//! Runs a program at a terminal, and looks at what its screen shows.

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

/// So many that none is lost off the top.
const ROWS: NonZero<u16> = NonZero::new(8000).unwrap();
/// How wide a terminal is that does not say it.
const USUAL_COLUMNS: NonZero<u16> = NonZero::new(80).unwrap();

/// Which output of a program goes to the terminal. Another goes into a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connected {
    Stdout,
    Stderr,
    Both,
}

pub struct Terminal {
    columns: NonZero<u16>,
    /// All that it was sent.
    pub bytes: Vec<u8>,
}

impl Terminal {
    /// Runs a program at a terminal that says it has so many columns, or with 0 does not say it. What went into pipes
    /// is in the `Output`.
    pub fn run(command: &mut Command, connected: Connected, columns: u16) -> (Self, Output) {
        let (controller, end) = open(columns);
        let output = |other| if connected == other { Stdio::piped() } else { Stdio::from(end.try_clone().unwrap()) };
        command.stdin(Stdio::null()).stdout(output(Connected::Stderr)).stderr(output(Connected::Stdout));
        let child = command.spawn().unwrap();
        // So that nobody but the program has its end open.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        drop(end);
        let reader = thread::spawn(move || read(controller));
        let output = child.wait_with_output().unwrap();
        let columns = NonZero::new(columns).unwrap_or(USUAL_COLUMNS);
        (Self { columns, bytes: reader.join().unwrap() }, output)
    }

    /// The screen in the end.
    pub fn screen(&self) -> Parser {
        let mut screen = self.blank();
        screen.process(&self.bytes);
        screen
    }

    /// What the screen showed each time before the cursor went back to the start of a line, if it showed anything.
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

/// Both ends: that of whoever looks, and that of the program.
fn open(columns: u16) -> (OwnedFd, OwnedFd) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let controller = openpt(flags).unwrap();
    grantpt(&controller).unwrap();
    unlockpt(&controller).unwrap();
    let end = ioctl_tiocgptpeer(&controller, flags).unwrap();
    tcsetwinsize(&end, Winsize { ws_row: ROWS.get(), ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    (controller, end)
}

/// All that comes from the program, until nobody has its end open any more.
fn read(controller: OwnedFd) -> Vec<u8> {
    let mut bytes = Vec::new();
    match File::from(controller).read_to_end(&mut bytes) {
        // So the system says that there is nobody at the other end.
        Err(error) if error.raw_os_error() == Some(Errno::IO.raw_os_error()) => bytes,
        read => panic!("{read:?} of a terminal"),
    }
}
