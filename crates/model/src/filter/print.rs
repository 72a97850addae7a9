//! The tree in the query language.

use std::fmt::{self, Display, Formatter};

use super::{Filter, Op, RecordCondition, RecordFilter, Value, field::nanos_to_seconds};

/// The query language; what is printed is read as the same tree again.
impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(all) if all.is_empty() => Ok(()),
            Self::And(all) => {
                f.write_str("and(")?;
                for (index, filter) in all.iter().enumerate() {
                    separate(index, f)?;
                    match filter {
                        // Bare neighbours would be read as one record.
                        Self::Record(record) if has_neighbour(record, all) => {
                            f.write_str("and(")?;
                            conditions(record, f)?;
                            f.write_str(")")?;
                        }
                        filter => filter.fmt(f)?,
                    }
                }
                f.write_str(")")
            }
            Self::Or(all) => {
                f.write_str("or(")?;
                for (index, filter) in all.iter().enumerate() {
                    separate(index, f)?;
                    filter.fmt(f)?;
                }
                f.write_str(")")
            }
            Self::Not(inner) => write!(f, "not({inner})"),
            Self::Compare { field, op, value } => comparison(&field.name(), *op, value, f),
            Self::Record(record) if record.conditions.len() == 1 => conditions(record, f),
            Self::Record(record) => {
                f.write_str("and(")?;
                conditions(record, f)?;
                f.write_str(")")
            }
            Self::Search(text) => {
                f.write_str("search(")?;
                quoted(text, f)?;
                f.write_str(")")
            }
        }
    }
}

fn has_neighbour(record: &RecordFilter, all: &[Filter]) -> bool {
    let like = |filter: &&Filter| matches!(filter, Filter::Record(other) if other.kind == record.kind);
    record.conditions.len() > 1 || all.iter().filter(like).count() > 1
}

fn separate(index: usize, f: &mut Formatter<'_>) -> fmt::Result {
    if index == 0 { Ok(()) } else { f.write_str(", ") }
}

fn conditions(record: &RecordFilter, f: &mut Formatter<'_>) -> fmt::Result {
    for (index, RecordCondition { part, op, value }) in record.conditions.iter().enumerate() {
        separate(index, f)?;
        comparison(&format!("{}_{}", record.kind.as_str(), part.as_str()), *op, value, f)?;
    }
    Ok(())
}

fn comparison(name: &str, op: Op, value: &Value, f: &mut Formatter<'_>) -> fmt::Result {
    if op == Op::Exists {
        return write!(f, "exists({name})");
    }
    write!(f, "{}({name}, {value})", op.as_str())
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => flag.fmt(f),
            Self::Number(number) => f.write_str(number.as_str()),
            Self::Text(text) => quoted(text, f),
            Self::Time(time) => write!(f, "\"{}\"", time.to_iso_nanos()),
            Self::Duration(nanos) => write!(f, "\"{}s\"", nanos_to_seconds(*nanos)),
            Self::List(values) => {
                f.write_str("[")?;
                for (index, value) in values.iter().enumerate() {
                    separate(index, f)?;
                    value.fmt(f)?;
                }
                f.write_str("]")
            }
        }
    }
}

fn quoted(text: &str, f: &mut Formatter<'_>) -> fmt::Result {
    f.write_str("\"")?;
    for char in text.chars() {
        match char {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            char if u32::from(char) < 0x20 => write!(f, "\\u{:04x}", u32::from(char))?,
            char => write!(f, "{char}")?,
        }
    }
    f.write_str("\"")
}
