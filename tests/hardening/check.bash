# What the checks share: to be sourced.
set -euo pipefail
target=x86_64-unknown-linux-gnu
built=target/hardening/build

could_not_run() {
    echo "$*"
    exit 77
}

# leave_out PART REASON: says that a part of the check could not run.
leave_out() {
    echo "not run: $1: $2"
}

need() {
    local tool
    for tool; do
        command -v "$tool" >/dev/null || could_not_run "$tool is not installed"
    done
}

need_nightly() {
    rustc +nightly --version >/dev/null 2>&1 || could_not_run "no nightly toolchain"
}

# The sum of "N passed" over the closing lines of cargo test.
tests_passed() {
    awk '/^test result:/ { n += $4 } END { print n + 0 }' "$1"
}

# Builds tests/hardening/processor with the given RUSTFLAGS and prints where it is.
processor() {
    RUSTFLAGS="$1" cargo build -q --release --manifest-path tests/hardening/processor/Cargo.toml \
        --target "$target" --target-dir "$built/processor" >&2
    echo "$built/processor/$target/release/processor"
}
