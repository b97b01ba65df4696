//! Every key of the configuration as a flag, from the one table of keys.

use bitjang::config::key::{KEYS, Key};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches};

/// The keys that were given as flags.
pub(crate) struct Flags(pub(crate) Vec<(&'static Key, String)>);

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        flagged().fold(command, |command, key| command.arg(flag(key)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn flagged() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().filter(|key| !key.is_secret())
}

fn flag(key: &'static Key) -> Arg {
    let default = key.default.filter(|text| !text.is_empty()).map(|text| format!(" [default: {text}]"));
    Arg::new(key.flag)
        .long(key.flag)
        .help(format!("{}{}", key.about, default.unwrap_or_default()))
        .help_heading("Configuration")
        .value_name("VALUE")
        .action(ArgAction::Set)
        .global(true)
        // `-h` stays on one screen; `--help` tells everything.
        .hide_short_help(true)
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let given = |key: &'static Key| Some((key, matches.get_one::<String>(key.flag)?.clone()));
        Ok(Self(flagged().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
