//! What the figures were taken on, without saying whose it is.

use std::{fs, process::Command, thread};

/// The first line a program prints, or nothing.
fn says(program: &str, argument: &str) -> String {
    let output = Command::new(program).arg(argument).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    text.unwrap_or_default().lines().next().unwrap_or("unknown").to_owned()
}

/// One field of a file of `name: value` or `NAME=value` lines.
fn field(file: &str, name: &str) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let value = text.lines().find_map(|line| {
        let (key, value) = line.split_once([':', '='])?;
        (key.trim() == name).then(|| value.trim().trim_matches('"').to_owned())
    });
    value.unwrap_or_else(|| "unknown".to_owned())
}

/// A paragraph about processor, system, compiler and date.
pub(crate) fn described() -> String {
    let cpu = |name| field("/proc/cpuinfo", name);
    format!(
        "{}: {} (family {}, model {}), {} cores, shared; {}; {}; {}. Built as `Cargo.toml` \
         says for release (opt-level 3, fat LTO, one codegen unit), for any {}.",
        says("date", "-uI"),
        cpu("model name"),
        cpu("cpu family"),
        cpu("model"),
        thread::available_parallelism().map_or(1, usize::from),
        field("/etc/os-release", "PRETTY_NAME"),
        says("rustc", "--version"),
        says("valgrind", "--version"),
        std::env::consts::ARCH,
    )
}
