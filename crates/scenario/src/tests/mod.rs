//! Tests of the language as a whole.

mod diagnostics;
mod expressible;
mod plans;
mod reference;
mod round_trip;

/// Figure 3 of the draft, the worked example of the language.
const FIGURE_3: &str = include_str!("figure-3.scn");

/// A world in which a statement can stand.
const WORLD: &str = "\
title    A world for one statement
cites    F-01
scope    site 239.255.0.0/16 small
scope    wide 239.192.0.0/14 large
hosts    A B C M*5
coordinator P Q
serves   P wide
zone     east A B
zone     west C
run 1h
";
