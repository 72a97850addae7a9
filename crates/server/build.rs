//! The files of the UI are embedded when this crate is compiled; Cargo has to be told when they change.

fn main() {
    println!("cargo:rerun-if-changed=../../ui/dist");
}
