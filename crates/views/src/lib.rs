//! Runs to what people look at. Pure: values in, values out.
//!
//! [`build_tree`] draws a trace: it takes any graph of parents (missing ones, several roots, cycles) and draws every run
//! exactly once. [`messages`] tells what was said in one trace or in a whole thread, [`guess`] which traces may be one.

pub mod guess;
pub mod messages;
mod tree;

pub use tree::{Node, Tree, TreeInput, build_tree, cut_runs};
