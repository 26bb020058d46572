//! The vocabulary that every protocol here shares: time, draws, deadlines and the Machine trait.
