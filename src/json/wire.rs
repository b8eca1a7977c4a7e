//! Types that are written as JSON and read again.

use super::Json;

/// A type that goes over the wire.
pub trait Wire {
    /// The value.
    fn json(&self) -> Json;
    /// What a value says; `None` where it is of another type.
    fn of(value: &Json) -> Option<Self>
    where
        Self: Sized;
}

/// An object of these fields. Called, not expanded, for each type: that and
/// the two after it keep the types' own code short.
#[inline(never)]
pub fn object(fields: &[(&'static str, &dyn Wire)]) -> Json {
    Json::object(fields.iter().map(|(name, value)| (*name, value.json())).collect())
}

/// A field of an object.
#[inline(never)]
pub fn member<T: Wire>(value: &Json, name: &str) -> Option<T> {
    T::of(value.get(name))
}

/// The variant that a value names, and what it has.
#[inline(never)]
pub fn chosen(value: &Json) -> Option<(&str, &Json)> {
    match value {
        Json::Text(word) => Some((word, &Json::Null)),
        Json::Object(members) => match members.as_slice() {
            [(name, value)] => Some((name, value)),
            _ => None,
        },
        _ => None,
    }
}

impl Wire for String {
    fn json(&self) -> Json {
        Json::Text(self.clone())
    }

    fn of(value: &Json) -> Option<Self> {
        value.text().map(str::to_owned)
    }
}

impl Wire for bool {
    fn json(&self) -> Json {
        Json::Bool(*self)
    }

    fn of(value: &Json) -> Option<Self> {
        let Json::Bool(is) = value else { return None };
        Some(*is)
    }
}

macro_rules! numbers {
    ($($number:ty),+) => {$(
        impl Wire for $number {
            fn json(&self) -> Json {
                Json::Number(self.to_string())
            }

            fn of(value: &Json) -> Option<Self> {
                let Json::Number(text) = value else { return None };
                text.parse().ok()
            }
        }
    )+};
}

numbers!(i32, u32, u64, usize);

impl<T: Wire> Wire for Box<T> {
    fn json(&self) -> Json {
        (**self).json()
    }

    fn of(value: &Json) -> Option<Self> {
        T::of(value).map(Self::new)
    }
}

impl<T: Wire> Wire for Option<T> {
    fn json(&self) -> Json {
        self.as_ref().map_or(Json::Null, T::json)
    }

    fn of(value: &Json) -> Option<Self> {
        if *value == Json::Null { Some(None) } else { T::of(value).map(Some) }
    }
}

impl<T: Wire> Wire for Vec<T> {
    fn json(&self) -> Json {
        Json::List(self.iter().map(T::json).collect())
    }

    fn of(value: &Json) -> Option<Self> {
        let Json::List(values) = value else { return None };
        values.iter().map(T::of).collect()
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn json(&self) -> Json {
        Json::List(vec![self.0.json(), self.1.json()])
    }

    fn of(value: &Json) -> Option<Self> {
        let [a, b] = value.list() else { return None };
        Some((A::of(a)?, B::of(b)?))
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    fn json(&self) -> Json {
        match self {
            Ok(value) => Json::object(vec![("ok", value.json())]),
            Err(error) => Json::object(vec![("error", error.json())]),
        }
    }

    fn of(value: &Json) -> Option<Self> {
        match value.get("error") {
            Json::Null => T::of(value.get("ok")).map(Ok),
            error => E::of(error).map(Err),
        }
    }
}

/// A struct as an object: its fields by their names.
#[macro_export]
macro_rules! record {
    ($type:ident { $($field:ident),+ $(,)? }) => {
        impl $crate::json::wire::Wire for $type {
            fn json(&self) -> $crate::json::Json {
                $crate::json::wire::object(&[$((stringify!($field), &self.$field)),+])
            }

            fn of(value: &$crate::json::Json) -> Option<Self> {
                Some(Self { $($field: $crate::json::wire::member(value, stringify!($field))?),+ })
            }
        }
    };
}

/// An enum: a variant without fields as a string, one with a value or with
/// named fields as an object of one member.
#[macro_export]
macro_rules! choice {
    ($type:ident {
        $(words { $($word:ident = $word_name:literal),+ $(,)? })?
        $(values { $($value:ident = $value_name:literal),+ $(,)? })?
        $(records { $($record:ident = $record_name:literal { $($field:ident),+ }),+ $(,)? })?
    }) => {
        impl $crate::json::wire::Wire for $type {
            fn json(&self) -> $crate::json::Json {
                match self {
                    $($(Self::$word => $crate::json::Json::from($word_name),)+)?
                    $($(Self::$value(value) => $crate::json::wire::object(&[($value_name, value)]),)+)?
                    $($(Self::$record { $($field),+ } => $crate::json::Json::object(vec![(
                        $record_name,
                        $crate::json::wire::object(&[$((stringify!($field), $field)),+]),
                    )]),)+)?
                }
            }

            fn of(value: &$crate::json::Json) -> Option<Self> {
                let (name, value) = $crate::json::wire::chosen(value)?;
                let _ = value; // words have none
                match name {
                    $($($word_name => Some(Self::$word),)+)?
                    $($($value_name => Some(Self::$value($crate::json::wire::Wire::of(value)?)),)+)?
                    $($($record_name => Some(Self::$record {
                        $($field: $crate::json::wire::member(value, stringify!($field))?),+
                    }),)+)?
                    _ => None,
                }
            }
        }
    };
}
