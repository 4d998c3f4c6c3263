//! Rejects wasm modules that hold a floating-point type or instruction: `amm-float-gate FILE...`.

use std::process::ExitCode;
use wasmparser::{Validator, WasmFeatures};

/// Validates by the WebAssembly rules with floating point left out of the language.
fn check(wasm: &[u8]) -> Result<(), wasmparser::BinaryReaderError> {
    let mut features = WasmFeatures::default();
    features.remove(WasmFeatures::FLOATS);
    Validator::new_with_features(features).validate_all(wasm).map(drop)
}

fn main() -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for path in std::env::args().skip(1) {
        let verdict = std::fs::read(&path)
            .map_err(|error| error.to_string())
            .and_then(|wasm| check(&wasm).map_err(|error| error.to_string()));
        match verdict {
            Ok(()) => println!("{path}: no floating point"),
            Err(reason) => {
                println!("{path}: rejected: {reason}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::check;

    /// `(module (func (result T) T.const 0 ...))`, the smallest module with a body of type `T`.
    fn module(value_type: u8, constant: &[u8]) -> Vec<u8> {
        let mut wasm = b"\0asm\x01\0\0\0".to_vec();
        wasm.extend([1, 5, 1, 0x60, 0, 1, value_type]); // types: () -> T
        wasm.extend([3, 2, 1, 0]); // functions: one, of type 0
        let body = constant.len() as u8 + 2; // no locals, end
        wasm.extend([10, body + 2, 1, body, 0]);
        wasm.extend(constant);
        wasm.push(0x0b);
        wasm
    }

    #[test]
    fn integers_pass() {
        check(&module(0x7e, &[0x42, 0])).unwrap(); // i64.const 0
    }

    #[test]
    fn floats_are_rejected() {
        let f64_const_0 = [0x44, 0, 0, 0, 0, 0, 0, 0, 0];
        assert!(check(&module(0x7c, &f64_const_0)).is_err());
    }
}
