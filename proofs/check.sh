#!/usr/bin/env bash
# Proves the kernels' table, polynomial and rounding bounds anew and holds them to what their docs state.
#
#     apt-get install sollya gappa && pip install python-flint mpmath
#     proofs/check.sh
#
# Exit code: 0 all held, 1 a bound is passed or a proof fails, 77 a tool is missing and nothing was proven.
set -euo pipefail
cd "$(dirname "$0")"

for tool in sollya gappa python3; do
    if ! command -v "$tool" >/dev/null; then
        echo "skipped: proofs need $tool"
        exit 77
    fi
done
for module in flint mpmath; do
    if ! python3 -c "import $module" 2>/dev/null; then
        echo "skipped: proofs need the Python module $module"
        exit 77
    fi
done

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export PYTHONDONTWRITEBYTECODE=1
python3 extract.py "$out"

for script in exp2 ln rsqrt tail; do
    if ! (cd "$out" && sollya --warnonstderr "$OLDPWD/$script.sollya") </dev/null >"$out/$script.bounds"; then
        echo "failed: $script.sollya"
        exit 1
    fi
done
python3 far.py >"$out/far.bounds"

for file in "$out"/*.gappa; do
    name=$(basename "$file" .gappa)
    if ! gappa "$file" >"$out/$name.proof" 2>&1; then
        echo "failed: $name.gappa"
        cat "$out/$name.proof"
        exit 1
    fi
done

status=0
python3 verdict.py "$out" || status=1
python3 pairing.py "$out" || status=1
exit "$status"
