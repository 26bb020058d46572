//! Examples live beside this file's package, one flat file each.
