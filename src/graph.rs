//! Who waits for whom. A cycle is told with its whole path.

/// A graph of things numbered from zero; `needs[i]` are those that `i` waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// For each thing, what it waits for.
    pub needs: Vec<Vec<usize>>,
}

impl Graph {
    /// An order in which everything comes after what it waits for, ties in the order of the numbers; or a cycle with its whole path, its
    /// first member repeated at the end.
    pub fn order(&self) -> Result<Vec<usize>, Vec<usize>> {
        todo!()
    }

    /// The same things, each waiting for those that waited for it.
    pub fn reversed(&self) -> Graph {
        todo!()
    }

    /// For each thing, the length of the longest way from it to the end: `weight` of itself and of those that wait for it.
    pub fn remaining(&self, _weight: &dyn Fn(usize) -> u64) -> Vec<u64> {
        todo!()
    }
}
