//! `include_dir!` does not notice new migrations; Cargo has to be told.

fn main() {
    println!("cargo:rerun-if-changed=../../migrations");
}
