//! Panics. `scripts/test.sh` compiles it with the profile of the release, to see that a panic shows its
//! place and its values.

fn main() {
    panic!("{:?}", std::io::Error::from_raw_os_error(11));
}
