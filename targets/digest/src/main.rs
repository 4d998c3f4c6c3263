//! Prints the digests of this machine: `amm-digest [ROWS]`.

fn main() {
    let rows = std::env::args().nth(1).map_or(1_000, |rows| rows.parse().expect("a row count"));
    let mut text = String::new();
    amm_digest::report(rows, &mut text).expect("a String takes any text");
    print!("{text}");
}
