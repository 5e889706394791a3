//! Feature `serde`: optimizers and schedules as tables of their hyper-parameters. The format is in the documentation of
//! the crate.
//!
//! Every table is read and written by the code below, which knows nothing of a type but its hyper-parameters by name.

use crate::error::Error;
use crate::hyperparameters::{Hyperparameters, ValueKind};
use crate::schedule::Warmup;
use core::fmt;
use core::marker::PhantomData;
use serde::de::{self, DeserializeSeed, MapAccess, Unexpected, Visitor};
use serde::ser::{SerializeMap, SerializeStruct};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A table of hyper-parameters, of a type that is known or that it names.
pub trait Table: Copy {
    /// The names that it may have; none where the type is known.
    const NAMES: &'static [&'static str];
    /// What is expected, as the end of a sentence.
    const WHAT: &'static str;

    /// Which of the names it has.
    fn name(&self) -> Option<&'static str>;

    /// The hyper-parameters, in their order.
    fn fields(&self) -> &'static [&'static str];

    fn value(&self, field: &str) -> Option<(ValueKind, f64)>;

    /// A hyper-parameter of any of the names.
    fn field(key: &str) -> Option<(&'static str, ValueKind)>;

    /// The one of this name, with defaults; those that have none are among the `values`.
    fn from_name(name: &str, values: Values) -> Result<Self, Error>;

    fn with(self, field: &str, value: f64) -> Result<Self, Error>;
}

/// What a table says.
pub type Values<'v> = &'v [(&'static str, f64)];

/// No table has more hyper-parameters.
const MOST: usize = 16;

pub fn value_of(values: Values, name: &str) -> Option<f64> {
    values.iter().find_map(|&(field, value)| (field == name).then_some(value))
}

/// Whether all of these are among the `values`.
pub fn given(names: &[&'static str], values: Values) -> Result<(), Error> {
    match names.iter().find(|name| value_of(values, name).is_none()) {
        Some(name) => Err(Error::MissingHyperparameter { name }),
        None => Ok(()),
    }
}

pub fn find<T: Hyperparameters>(key: &str) -> Option<(&'static str, ValueKind)> {
    let name = T::NAMES.iter().find(|&&name| name == key)?;
    Some((name, T::kind(name)?))
}

pub fn serialize<T: Table, S: Serializer>(table: &T, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(table.fields().len() + usize::from(table.name().is_some())))?;
    if let Some(name) = table.name() {
        map.serialize_entry("name", name)?;
    }
    for field in table.fields() {
        match table.value(field) {
            Some((ValueKind::Boolean, value)) => map.serialize_entry(field, &(value != 0.0))?,
            Some((ValueKind::Integer, value)) => map.serialize_entry(field, &(value as u64))?,
            Some((ValueKind::Choice(names), value)) => {
                map.serialize_entry(field, names.get(value as usize).unwrap_or(&""))?
            }
            Some((ValueKind::Real, value)) => map.serialize_entry(field, &value)?,
            None => {}
        }
    }
    map.end()
}

pub fn deserialize<'de, T: Table, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TableVisitor(PhantomData))
}

struct TableVisitor<T>(PhantomData<T>);

impl<'de, T: Table> Visitor<'de> for TableVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(T::WHAT)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut name = None;
        let mut values = [("", 0.0); MOST];
        let mut free = values.iter_mut();
        while let Some(key) = map.next_key()? {
            match key {
                Key::<T>::Name if name.is_some() => return Err(de::Error::duplicate_field("name")),
                Key::Name => name = Some(map.next_value_seed(Choice(T::NAMES, Role::Value))?.0),
                Key::Field(field, kind, _) => {
                    let value = map.next_value_seed(ValueOf(kind))?;
                    match free.next() {
                        Some(place) => *place = (field, value),
                        None => return Err(de::Error::custom("too many fields")),
                    }
                }
            }
        }
        let free = free.len();
        let values = values.get(..MOST - free).unwrap_or_default();
        for (i, (field, _)) in values.iter().enumerate() {
            if values.iter().skip(i + 1).any(|(other, _)| other == field) {
                return Err(de::Error::duplicate_field(field));
            }
        }
        let name = match name {
            None if !T::NAMES.is_empty() => return Err(de::Error::missing_field("name")),
            name => name.unwrap_or_default(),
        };
        let table = T::from_name(name, values).map_err(refused)?;
        values.iter().try_fold(table, |table, &(field, value)| {
            // A field of another name's.
            if table.value(field).is_none() {
                return Err(de::Error::unknown_field(field, table.fields()));
            }
            table.with(field, value).map_err(refused)
        })
    }
}

fn refused<E: de::Error>(error: Error) -> E {
    match error {
        Error::MissingHyperparameter { name } => E::missing_field(name),
        error => E::custom(error),
    }
}

/// The key of an entry.
enum Key<T> {
    Name,
    Field(&'static str, ValueKind, PhantomData<T>),
}

impl<'de, T: Table> Deserialize<'de> for Key<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor<T>(PhantomData<T>);

        impl<T: Table> Visitor<'_> for KeyVisitor<T> {
            type Value = Key<T>;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a hyper-parameter")
            }

            fn visit_str<E: de::Error>(self, key: &str) -> Result<Key<T>, E> {
                if key == "name" && !T::NAMES.is_empty() {
                    return Ok(Key::Name);
                }
                match T::field(key) {
                    Some((field, kind)) => Ok(Key::Field(field, kind, PhantomData)),
                    None => Err(E::custom(format_args!("unknown field `{key}` of {}", T::WHAT))),
                }
            }
        }

        deserializer.deserialize_identifier(KeyVisitor(PhantomData))
    }
}

/// A value of this kind.
struct ValueOf(ValueKind);

impl<'de> DeserializeSeed<'de> for ValueOf {
    type Value = f64;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<f64, D::Error> {
        match self.0 {
            ValueKind::Real => f64::deserialize(deserializer),
            ValueKind::Boolean => Ok(f64::from(u8::from(bool::deserialize(deserializer)?))),
            ValueKind::Integer => {
                let whole = u64::deserialize(deserializer)?;
                if whole > 1 << f64::MANTISSA_DIGITS {
                    return Err(de::Error::invalid_value(Unexpected::Unsigned(whole), &"a number up to 2^53"));
                }
                Ok(whole as f64)
            }
            ValueKind::Choice(names) => Ok(Choice(names, Role::Value).deserialize(deserializer)?.1 as f64),
        }
    }
}

/// One of these names, and its place among them. In an error it is a field or a value.
struct Choice(&'static [&'static str], Role);

enum Role {
    Field,
    Value,
}

impl<'de> DeserializeSeed<'de> for Choice {
    type Value = (&'static str, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Choice {
    type Value = (&'static str, usize);

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: de::Error>(self, name: &str) -> Result<Self::Value, E> {
        let place = self.0.iter().position(|&other| other == name);
        let found = place.and_then(|place| Some((*self.0.get(place)?, place)));
        found.ok_or_else(|| match self.1 {
            Role::Field => E::unknown_field(name, self.0),
            Role::Value => E::unknown_variant(name, self.0),
        })
    }
}

/// A type that is known.
pub trait Row: Hyperparameters {
    /// As the end of a sentence.
    const WHAT: &'static str;

    /// With defaults; what has none is among the `values`.
    fn new(values: Values) -> Result<Self, Error>;
}

impl<T: Row> Table for T {
    const NAMES: &'static [&'static str] = &[];
    const WHAT: &'static str = T::WHAT;

    fn name(&self) -> Option<&'static str> {
        None
    }

    fn fields(&self) -> &'static [&'static str] {
        <Self as Hyperparameters>::NAMES
    }

    fn value(&self, field: &str) -> Option<(ValueKind, f64)> {
        Some((Self::kind(field)?, self.get(field)?))
    }

    fn field(key: &str) -> Option<(&'static str, ValueKind)> {
        find::<Self>(key)
    }

    fn from_name(_: &str, values: Values) -> Result<Self, Error> {
        Self::new(values)
    }

    fn with(self, field: &str, value: f64) -> Result<Self, Error> {
        Hyperparameters::with(self, field, value)
    }
}

/// `Serialize` and `Deserialize` for a [`Table`].
macro_rules! table {
    ($Table:ty) => {
        #[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
        impl ::serde::Serialize for $Table {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::serde::serialize(self, serializer)
            }
        }

        #[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
        impl<'de> ::serde::Deserialize<'de> for $Table {
            fn deserialize<D: ::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::serde::deserialize(deserializer)
            }
        }
    };
}
pub(crate) use table;

/// The [`Table`] of a choice between these types, which says by `name` which one it is.
macro_rules! any {
    ($Any:ident = $what:literal: $($Type:ty),*) => {
        $crate::serde::table!($Any);

        impl $crate::serde::Table for $Any {
            const NAMES: &'static [&'static str] = $Any::NAMES;
            const WHAT: &'static str = $what;

            fn name(&self) -> Option<&'static str> {
                Some($Any::name(self))
            }

            fn fields(&self) -> &'static [&'static str] {
                self.hyperparameters()
            }

            fn value(&self, field: &str) -> Option<($crate::hyperparameters::ValueKind, f64)> {
                Some((self.kind(field)?, self.get(field)?))
            }

            fn field(key: &str) -> Option<(&'static str, $crate::hyperparameters::ValueKind)> {
                [$($crate::serde::find::<$Type>),*].iter().find_map(|find| find(key))
            }

            fn from_name(name: &str, values: $crate::serde::Values) -> Result<Self, $crate::error::Error> {
                $Any::from_values(name, values)
            }

            fn with(self, field: &str, value: f64) -> Result<Self, $crate::error::Error> {
                $Any::with(self, field, value)
            }
        }
    };
}
pub(crate) use any;

/// A table of `steps`, `then` and `start_factor`.
#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
impl<T: Serialize> Serialize for Warmup<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Warmup", 3)?;
        fields.serialize_field("steps", &self.steps)?;
        fields.serialize_field("start_factor", &self.start_factor)?;
        fields.serialize_field("then", &self.then)?;
        fields.end()
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "serde")))]
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Warmup<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Warmup", WARMUP, WarmupVisitor(PhantomData))
    }
}

const WARMUP: &[&str] = &["steps", "start_factor", "then"];

struct WarmupVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for WarmupVisitor<T> {
    type Value = Warmup<T>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a warm-up and the schedule that follows")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Warmup<T>, A::Error> {
        let (mut steps, mut start_factor, mut then) = (None, None, None);
        while let Some((key, _)) = map.next_key_seed(Choice(WARMUP, Role::Field))? {
            let duplicate = match key {
                "steps" => steps.replace(map.next_value()?).is_some(),
                "start_factor" => start_factor.replace(map.next_value()?).is_some(),
                _ => then.replace(map.next_value()?).is_some(),
            };
            if duplicate {
                return Err(de::Error::duplicate_field(key));
            }
        }
        let (Some(steps), Some(then)) = (steps, then) else {
            return Err(de::Error::missing_field(if steps.is_none() { "steps" } else { "then" }));
        };
        let warmup = Warmup::new(steps, then);
        Ok(match start_factor {
            Some(start_factor) => warmup.start_factor(start_factor),
            None => warmup,
        })
    }
}
