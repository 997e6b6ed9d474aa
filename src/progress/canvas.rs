//! One line at the foot of standard error that is drawn again and again.
//!
//! After each drawing the cursor goes back to the line's beginning. A terminal that is made narrower breaks the line into
//! several; the cursor stays at the beginning of the first, so that erasing from there to the end of the screen takes all of
//! them. The terminal is asked for its width once for each drawing, and told not to wrap what it draws, should it be made
//! narrower in between. Each drawing is one system call: what others write never stands in the middle of it.

use super::say;
use indicatif::TermLike;
use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// To the line's beginning, and nothing from there on.
const ERASE: &str = "\r\x1b[J";
/// What does not fit is cut.
const WRAP_OFF: &str = "\x1b[?7l";
const WRAP_ON: &str = "\x1b[?7h";

/// Of what tells no width, in columns.
const USUAL_WIDTH: u16 = 80;

/// The line. Clones draw the same one.
#[derive(Clone, Debug)]
pub(super) struct Canvas(Arc<Mutex<Line>>);

#[derive(Debug)]
struct Line {
    /// In columns, when last asked.
    width: u16,
    /// What is to be drawn.
    text: String,
    /// Whether something is on the screen.
    drawn: bool,
}

impl Default for Canvas {
    fn default() -> Self {
        Canvas(Arc::new(Mutex::new(Line { width: USUAL_WIDTH, text: String::new(), drawn: false })))
    }
}

impl Canvas {
    /// Asks how much room there is now, in columns.
    pub(super) fn measure(&self) -> u16 {
        let asked = console::Term::stderr().size_checked().map(|(_, columns)| columns);
        // Told by who starts programs without a terminal.
        let told = || std::env::var("COLUMNS").ok()?.parse().ok();
        let columns: u16 = asked.or_else(told).unwrap_or(USUAL_WIDTH);
        // A line that fills the last column may already be wrapped.
        let width = columns.saturating_sub(1).max(1);
        self.line().width = width;
        width
    }

    /// Writes whole lines where the drawn one is, which comes back below them.
    pub(super) fn write_above(&self, lines: &str) {
        let mut line = self.line();
        if std::mem::take(&mut line.drawn) {
            say(&format!("{ERASE}{lines}"));
        } else {
            say(lines);
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// What draws the text over the one before.
    fn draw(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        // Filling the line is the erasing's task.
        match (text.trim_end(), self.drawn) {
            ("", false) => String::new(),
            ("", true) => {
                self.drawn = false;
                ERASE.to_owned()
            }
            (text, _) => {
                self.drawn = true;
                // Erased behind the text, not before it is written: no flicker.
                format!("\r{WRAP_OFF}{text}\x1b[J{WRAP_ON}\r")
            }
        }
    }
}

/// What indicatif asks of a terminal, for one line: there is no other to move to.
impl TermLike for Canvas {
    fn width(&self) -> u16 {
        self.line().width
    }

    fn move_cursor_up(&self, _lines: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _lines: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _columns: usize) -> io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _columns: usize) -> io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.line().text.push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.line().text.clear();
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut line = self.line();
        let drawing = line.draw();
        if !drawing.is_empty() {
            say(&drawing);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_drawn_from_its_beginning_and_the_cursor_goes_back_there() {
        let mut line = Line { width: 20, text: "half of it    ".to_owned(), drawn: false };
        assert_eq!(line.draw(), "\r\x1b[?7lhalf of it\x1b[J\x1b[?7h\r");
        assert_eq!(line.draw(), "\r\x1b[J", "no text takes the line away");
        assert_eq!(line.draw(), "", "what is not there is not taken away");
    }
}
