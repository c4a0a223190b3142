//! The nouns of the field: no behaviour to speak of, nothing from outside.
