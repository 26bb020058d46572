//! The journal of a run: types, writer, reader and digest.
