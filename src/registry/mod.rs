//! What AWS publishes of resource types: required, create-only and read-only properties, identifiers, shapes.
