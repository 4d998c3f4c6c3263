//! Cells and the columns they must fit.

use std::borrow::Cow;

/// A cell.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// There is no such number, such as the dampening of a loop that is open.
    #[default]
    Empty,
    /// A count, an index, a time; files hold those of 64 bits.
    Integer(i128),
    /// A measured number, finite.
    Float(f64),
    /// A name.
    Text(Cow<'static, str>),
    /// Whether.
    Boolean(bool),
}

/// What the cells of a column are.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Holds {
    /// Signed, 64 bits.
    Integer,
    /// IEEE double, finite.
    Float,
    /// UTF-8.
    Text,
    /// True or false.
    Boolean,
}

/// Whether a cell may be empty.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Need {
    /// Every row has one.
    Always,
    /// A row may have none.
    Maybe,
}

/// A column: its name, what it holds, in which unit, and what that means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Column {
    /// Small letters, digits and `_`.
    pub name: Cow<'static, str>,
    /// What its cells are.
    pub holds: Holds,
    /// Whether a cell may be empty.
    pub need: Need,
    /// Empty for names; `1` for a bare ratio.
    pub unit: Cow<'static, str>,
    /// One line.
    pub meaning: Cow<'static, str>,
}

impl Holds {
    /// As files and messages name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Text => "text",
            Self::Boolean => "boolean",
        }
    }
}

impl Column {
    /// A column of which every row has a cell.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        holds: Holds,
        unit: impl Into<Cow<'static, str>>,
        meaning: impl Into<Cow<'static, str>>,
    ) -> Self {
        let (name, unit, meaning) = (name.into(), unit.into(), meaning.into());
        Self { name, holds, need: Need::Always, unit, meaning }
    }

    /// The same, and a row may have no cell.
    pub fn maybe(self) -> Self {
        Self { need: Need::Maybe, ..self }
    }

    /// Whether a cell fits, or why not. An integer in a column of floats becomes one if it is exact; a
    /// negative zero loses its sign, so that equal numbers are equal bytes.
    pub(super) fn admit(&self, value: &mut Value) -> Result<(), String> {
        match (self.holds, &mut *value) {
            (Holds::Integer, Value::Integer(number)) if i64::try_from(*number).is_err() => {
                Err(format!("{number} does not fit in 64 bits"))
            }
            (Holds::Float, Value::Float(number)) if !number.is_finite() => {
                Err(format!("{number} is not finite; leave the cell empty if there is no number"))
            }
            (Holds::Float, Value::Float(number)) => {
                if *number == 0.0 {
                    *number = 0.0;
                }
                Ok(())
            }
            (Holds::Float, Value::Integer(number)) => match i32::try_from(*number) {
                Ok(number) => {
                    *value = Value::Float(number.into());
                    Ok(())
                }
                Err(_) => Err(format!("{number} is an integer, and the column holds floats")),
            },
            (Holds::Integer, Value::Integer(_))
            | (Holds::Text, Value::Text(_))
            | (Holds::Boolean, Value::Boolean(_)) => Ok(()),
            (_, Value::Empty) if self.need == Need::Maybe => Ok(()),
            (holds, Value::Empty) => Err(format!("is missing; every row has a {}", holds.name())),
            (holds, found) => {
                Err(format!("{found:?} is no {}, which the column holds", holds.name()))
            }
        }
    }
}

impl Value {
    /// This cell in a CSV file: shortest decimal that reads back as the same number.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Integer(number) => number.to_string().into(),
            Self::Float(number) => format!("{number:?}").into(),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Boolean(yes) => if *yes { "true" } else { "false" }.into(),
        }
    }

    /// A cell of a CSV file, where an empty one is no value or no letters.
    pub(super) fn parse(column: &Column, text: &str) -> Result<Self, String> {
        match (text.is_empty(), column.need, column.holds) {
            (true, Need::Always, Holds::Text) => Ok("".into()),
            (true, ..) => Ok(Self::Empty),
            (false, ..) => Self::of(column.holds, text)
                .ok_or_else(|| format!("`{}` is no {}", shown(text), column.holds.name())),
        }
    }

    /// What a text says, if it says such a value.
    pub(super) fn of(holds: Holds, text: &str) -> Option<Self> {
        Some(match holds {
            Holds::Integer => Self::Integer(text.parse::<i64>().ok()?.into()),
            Holds::Float => Self::Float(text.parse().ok()?),
            Holds::Text => Self::Text(text.to_owned().into()),
            Holds::Boolean => Self::Boolean(text.parse().ok()?),
        })
    }
}

/// User's text for a message: cut if long, with nothing that could upset a terminal.
fn shown(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

macro_rules! integers {
    ($($kind:ty),*) => {$(
        impl From<$kind> for Value {
            fn from(number: $kind) -> Self {
                Self::Integer(i128::from(number))
            }
        }
    )*};
}
integers!(i32, u32, i64, u64);

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Self::Integer(i128::try_from(number).unwrap_or(i128::MAX)) // 64 bits at most
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Boolean(yes)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, T::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_fits_its_column_or_says_why() {
        let column = Column::new("x", Holds::Float, "1", "");
        let verdict = |mut value: Value| column.admit(&mut value).map(|()| value);
        assert_eq!(verdict(3.into()), Ok(Value::Float(3.0)));
        assert_eq!(
            verdict((1_i64 << 40).into()).unwrap_err(),
            "1099511627776 is an integer, and the column holds floats"
        );
        assert!(verdict(f64::NAN.into()).unwrap_err().starts_with("NaN is not finite"));
        assert_eq!(verdict(Value::Empty).unwrap_err(), "is missing; every row has a float");
        assert!(verdict("a".into()).unwrap_err().ends_with("is no float, which the column holds"));
        let Ok(Value::Float(zero)) = verdict((-0.0).into()) else { panic!() };
        assert!(zero.is_sign_positive());
        assert!(column.maybe().admit(&mut Value::Empty).is_ok());
        let seed = Column::new("n", Holds::Integer, "", "");
        let refused = seed.admit(&mut u64::MAX.into()).unwrap_err();
        assert_eq!(refused, "18446744073709551615 does not fit in 64 bits");
    }
}
