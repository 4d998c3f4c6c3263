//! `amm-sim monitor` as a program, and readers of its page over plain TCP.

use serde_json::Value;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A short run: 60 blocks.
pub(crate) const SHORT: [&str; 4] =
    ["stress", "--set=blocks=60", "--set=warmup=10", "--set=horizons=[1, 10]"];

/// How long anything may take that should take a moment, on a machine with other things to do.
pub(crate) const SOON: Duration = Duration::from_secs(60);

pub(crate) fn amm_sim(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_amm-sim")).args(arguments).output().unwrap()
}

/// A monitor that runs, and ends with this value.
pub(crate) struct Monitor {
    child: Child,
    /// `127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl Monitor {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_amm-sim"))
            .arg("monitor")
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").and_then(|rest| rest.strip_suffix('/'));
        let address = address.unwrap_or_else(|| panic!("no address: {line}")).to_owned();
        Self { child, address }
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream
    }

    /// The head and the body of an answer; both empty if the connection is closed without one.
    pub(crate) fn ask(&self, request: &str) -> (String, String) {
        let mut stream = self.connect();
        let _ = stream.write_all(request.as_bytes()); // it may be closed before all is said
        let mut answer = Vec::new();
        match stream.read_to_end(&mut answer) {
            Err(error) if error.kind() != ErrorKind::ConnectionReset => panic!("{error}"),
            _ => {}
        }
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        (head.to_owned(), body.to_owned())
    }

    pub(crate) fn get(&self, path: &str) -> (String, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
    }

    /// The last frame, once it is like this.
    pub(crate) fn frame(&self, like: impl Fn(&Value) -> bool) -> Value {
        let start = Instant::now();
        loop {
            let (head, body) = self.get("/frame.json");
            if head.starts_with("HTTP/1.1 200")
                && let Ok(frame) = serde_json::from_str(&body)
                && like(&frame)
            {
                return frame;
            }
            assert!(start.elapsed() < SOON, "{head}: {:.400}", body);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The frame at the end of the run.
    pub(crate) fn finished(&self) -> Value {
        self.frame(|frame| frame["source"]["state"] == "finished")
    }

    /// A reader of events; `last` is the id of the event it says it had.
    pub(crate) fn read(&self, last: Option<&str>) -> Reader {
        let mut stream = self.connect();
        let last = last.map_or(String::new(), |id| format!("Last-Event-ID: {id}\r\n"));
        write!(stream, "GET /events HTTP/1.1\r\nHost: localhost\r\n{last}\r\n").unwrap();
        Reader { lines: BufReader::new(stream) }
    }

    /// Sends a signal, and says how the process ended and what it said.
    pub(crate) fn signal(mut self, name: &str) -> (Option<i32>, String) {
        let told = Command::new("kill").args([name, &self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
        let start = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            assert!(start.elapsed() < SOON, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        };
        let mut said = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        (code, said)
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        let _ = self.child.kill(); // it may have ended
        let _ = self.child.wait();
    }
}

/// Somebody who reads events.
pub(crate) struct Reader {
    lines: BufReader<TcpStream>,
}

/// One event.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Event {
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
    pub(crate) data: String,
}

impl Reader {
    /// The next event with data; nothing at the end.
    pub(crate) fn event(&mut self) -> Option<Event> {
        let mut event = Event::default();
        let mut line = String::new();
        loop {
            line.clear();
            match self.lines.read_line(&mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("{error}"),
            }
            let line = line.trim_end_matches(['\r', '\n']);
            if let Some(kind) = line.strip_prefix("event: ") {
                event.kind = kind.to_owned();
            } else if let Some(id) = line.strip_prefix("id: ") {
                event.id = Some(id.to_owned());
            } else if let Some(data) = line.strip_prefix("data: ") {
                event.data = data.to_owned();
            } else if line.is_empty() && !event.data.is_empty() {
                return Some(event);
            }
        }
    }

    /// The next frame with its event.
    pub(crate) fn frame(&mut self) -> Option<(Event, Value)> {
        loop {
            let event = self.event()?;
            if event.kind == "frame" {
                let frame = serde_json::from_str(&event.data).unwrap();
                return Some((event, frame));
            }
        }
    }
}
