//! Runs to what people look at. Pure: values in, values out.
//!
//! So far the tree of a trace. It takes any graph of parents (missing ones, several roots, cycles) and draws every
//! run exactly once.

mod tree;

pub use tree::{Node, Tree, TreeInput, build_tree};
