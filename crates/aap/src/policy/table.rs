use std::fmt;

/// One switch: which finding it answers and what it can be set to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Switch {
    /// Its name in scenarios, configuration and on the command line.
    pub name: &'static str,
    /// The finding it decides, such as `F-15`.
    pub finding: &'static str,
    /// What it decides, in a sentence (with the blanks of a doc comment in front).
    pub about: &'static str,
    /// What it can be set to.
    pub kind: SwitchKind,
    /// Its value in the literal profile.
    pub literal: &'static str,
    /// Its value in the repaired profile.
    pub repaired: &'static str,
}

/// What a switch can be set to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SwitchKind {
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number.
    Number,
}

/// Why a setting was refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SettingError {
    /// There is no such switch.
    UnknownSwitch(String),
    /// The switch exists, the value does not fit.
    BadValue {
        /// The switch.
        switch: &'static str,
        /// What was given.
        value: String,
        /// What would do.
        kind: SwitchKind,
    },
}

impl fmt::Display for SettingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSwitch(name) => write!(f, "there is no switch `{name}`"),
            Self::BadValue { switch, value, kind: SwitchKind::Choice(words) } => {
                write!(f, "`{switch}` cannot be `{value}`: use {}", words.join(" or "))
            }
            Self::BadValue { switch, value, kind: SwitchKind::Number } => {
                write!(f, "`{switch}` cannot be `{value}`: use a whole number")
            }
        }
    }
}

impl std::error::Error for SettingError {}

/// Declares the switches: an enum per choice, the [`Policy`](super::Policy) struct, its two
/// presets, and the table that scenarios, configuration and documents read.
macro_rules! switches {
    (
        choices { $( $( #[doc = $cdoc:literal] )+ $cfinding:literal $cfield:ident $cname:literal $cenum:ident {
            $( #[doc = $vdoc:literal] $variant:ident = $vname:literal ),+ $(,)?
        } literal = $clit:ident, repaired = $crep:ident; )+ }
        numbers { $( $( #[doc = $ndoc:literal] )+ $nfinding:literal $nfield:ident $nname:literal literal = $nlit:literal, repaired = $nrep:literal; )+ }
    ) => {
        $(
            $( #[doc = $cdoc] )+
            #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
            pub enum $cenum { $( #[doc = $vdoc] $variant ),+ }

            impl $cenum {
                const NAMES: &'static [&'static str] = &[$($vname),+];

                fn name(self) -> &'static str {
                    match self { $( Self::$variant => $vname ),+ }
                }

                fn from_name(name: &str) -> Option<Self> {
                    match name { $( $vname => Some(Self::$variant), )+ _ => None }
                }
            }
        )+

        /// How this project reads the draft: one field per switch.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub struct Policy {
            $( $( #[doc = $cdoc] )+ pub $cfield: $cenum, )+
            $( $( #[doc = $ndoc] )+ pub $nfield: u32, )+
        }

        impl Policy {
            /// Every switch, in the order of the findings' groups.
            pub const SWITCHES: &'static [Switch] = &[
                $( Switch {
                    name: $cname, finding: $cfinding, about: concat!($($cdoc),+),
                    kind: SwitchKind::Choice($cenum::NAMES),
                    literal: literal_name!($cenum $clit $( $variant $vname )+),
                    repaired: literal_name!($cenum $crep $( $variant $vname )+),
                }, )+
                $( Switch {
                    name: $nname, finding: $nfinding, about: concat!($($ndoc),+),
                    kind: SwitchKind::Number,
                    literal: stringify!($nlit), repaired: stringify!($nrep),
                }, )+
            ];

            /// The text as it stands.
            #[must_use]
            pub const fn literal() -> Self {
                Self { $( $cfield: $cenum::$clit, )+ $( $nfield: $nlit, )+ }
            }

            /// The text with the project's repairs.
            #[must_use]
            pub const fn repaired() -> Self {
                Self { $( $cfield: $cenum::$crep, )+ $( $nfield: $nrep, )+ }
            }

            /// Sets the switch called `name`.
            ///
            /// # Errors
            /// If there is no such switch or the value does not fit it.
            pub fn set(&mut self, name: &str, value: &str) -> Result<(), SettingError> {
                match name {
                    $( $cname => self.$cfield = $cenum::from_name(value).ok_or_else(|| SettingError::BadValue {
                        switch: $cname, value: value.to_owned(), kind: SwitchKind::Choice($cenum::NAMES),
                    })?, )+
                    $( $nname => self.$nfield = value.parse().map_err(|_| SettingError::BadValue {
                        switch: $nname, value: value.to_owned(), kind: SwitchKind::Number,
                    })?, )+
                    _ => return Err(SettingError::UnknownSwitch(name.to_owned())),
                }
                Ok(())
            }

            /// The value of the switch called `name`.
            #[must_use]
            pub fn value(&self, name: &str) -> Option<String> {
                match name {
                    $( $cname => Some(self.$cfield.name().to_owned()), )+
                    $( $nname => Some(self.$nfield.to_string()), )+
                    _ => None,
                }
            }
        }
    };
}

/// The name of a variant, at compile time.
macro_rules! literal_name {
    ($enum:ident $wanted:ident $( $variant:ident $name:literal )+) => {
        match $enum::$wanted { $( $enum::$variant => $name ),+ }
    };
}

pub(super) use {literal_name, switches};
