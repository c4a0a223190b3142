//! The stacks of one account and region, with what finds them among many: names, order of creation, exports.
//!
//! A stack is changed by taking it out and putting it back, so that all that follows from it is true of it.

use super::stack::Stack;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// How long deleted stacks can be asked for, in milliseconds: 90 days, as in AWS.
const REMEMBERED: i64 = 90 * 24 * 60 * 60 * 1000;
/// How many deleted stacks can be asked for. AWS has no such limit; here it keeps memory and state folder small.
const REMEMBERED_STACKS: usize = 2_000;

/// Stacks by id, deleted ones included.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    by_id: BTreeMap<String, Stack>,
    /// The ids of the living ones by name and by alias.
    names: BTreeMap<String, String>,
    /// The living ones, the newest first.
    order: BTreeSet<(Reverse<i64>, String)>,
    /// The ids of the living ones by what they export.
    exports: BTreeMap<String, String>,
    /// The deleted ones, the longest deleted first.
    deleted: BTreeSet<(i64, String)>,
}

impl Stacks {
    /// The stack of this name, alias or id; deleted ones by id only.
    pub(super) fn find(&self, name_or_id: &str) -> Option<&Stack> {
        self.by_id.get(self.names.get(name_or_id).map_or(name_or_id, String::as_str))
    }

    /// The living stack that exports a name.
    pub(super) fn exporter(&self, export: &str) -> Option<&Stack> {
        self.by_id.get(self.exports.get(export)?)
    }

    /// How many live.
    pub(super) fn living(&self) -> usize {
        self.order.len()
    }

    /// Those that live, the newest first.
    pub(super) fn newest_first(&self) -> impl Iterator<Item = &Stack> {
        self.order.iter().filter_map(|(_, id)| self.by_id.get(id))
    }

    /// Puts a stack in, in the place of what it was.
    pub(super) fn put(&mut self, stack: Stack) {
        self.take(&stack.id);
        let id = &stack.id;
        if stack.lives() {
            for name in called(&stack) {
                self.names.insert(name.clone(), id.clone());
            }
            self.order.insert((Reverse(stack.created_at), id.clone()));
            for export in stack.outputs.iter().filter_map(|output| output.export.as_ref()) {
                self.exports.insert(export.clone(), id.clone());
            }
        } else {
            self.deleted.insert((stack.deleted_at.unwrap_or_default(), id.clone()));
        }
        self.by_id.insert(id.clone(), stack);
    }

    /// Takes a stack out.
    pub(super) fn take(&mut self, id: &str) -> Option<Stack> {
        let stack = self.by_id.remove(id)?;
        for name in called(&stack) {
            if self.names.get(name) == Some(&stack.id) {
                self.names.remove(name);
            }
        }
        for export in stack.outputs.iter().filter_map(|output| output.export.as_ref()) {
            if self.exports.get(export) == Some(&stack.id) {
                self.exports.remove(export);
            }
        }
        self.order.remove(&(Reverse(stack.created_at), stack.id.clone()));
        self.deleted.remove(&(stack.deleted_at.unwrap_or_default(), stack.id.clone()));
        Some(stack)
    }

    /// Packs what is seldom looked at of a stack that rests.
    pub(super) fn rest(&mut self, name_or_id: &str) {
        let id = self.names.get(name_or_id).map_or(name_or_id, String::as_str);
        if let Some(stack) = self.by_id.get_mut(id) {
            stack.rest();
        }
    }

    /// The same of all.
    pub(super) fn rest_all(&mut self) {
        self.by_id.values_mut().for_each(Stack::rest);
    }

    /// Forgets a stack that was deleted too long ago; tells which.
    pub(super) fn forget(&mut self, now: i64) -> Option<String> {
        let (deleted_at, id) = self.deleted.first()?;
        let forgotten = *deleted_at < now - REMEMBERED || self.deleted.len() > REMEMBERED_STACKS;
        let id = forgotten.then(|| id.clone())?;
        self.take(&id);
        Some(id)
    }
}

/// The names by which a stack is found while it lives.
fn called(stack: &Stack) -> impl Iterator<Item = &String> {
    std::iter::once(&stack.name).chain(&stack.alias)
}

impl Deref for Stacks {
    type Target = BTreeMap<String, Stack>;

    fn deref(&self) -> &Self::Target {
        &self.by_id
    }
}

impl FromIterator<Stack> for Stacks {
    fn from_iter<I: IntoIterator<Item = Stack>>(stacks: I) -> Self {
        let mut all = Self::default();
        stacks.into_iter().for_each(|stack| all.put(stack));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::Identity;
    use super::super::stack::StackOutput;
    use super::super::status::StackStatus;
    use super::*;

    fn stack(name: &str, status: StackStatus, at: i64) -> Stack {
        let identity =
            Identity { stack_name: name.into(), stack_id: format!("id-{name}-{at}"), ..Identity::default() };
        let export = Some(format!("export-{name}"));
        let output = StackOutput { key: "K".into(), value: "v".into(), description: None, export };
        let deleted_at = (status == StackStatus::DeleteComplete).then_some(at);
        Stack { outputs: vec![output], deleted_at, ..Stack::new(&identity, 0, status, at) }
    }

    fn names<'a>(stacks: impl Iterator<Item = &'a Stack>) -> Vec<&'a str> {
        stacks.map(|stack| stack.name.as_str()).collect()
    }

    #[test]
    fn a_stack_is_found_by_what_it_is_and_not_by_what_it_was() {
        let mut stacks: Stacks = [("a", 1), ("b", 2)]
            .map(|(name, at)| stack(name, StackStatus::CreateComplete, at))
            .into_iter()
            .collect();
        assert_eq!(names(stacks.newest_first()), ["b", "a"]);
        assert!(stacks.exporter("export-a").is_some());
        let mut gone = stacks.take("id-a-1").unwrap();
        assert!(stacks.find("a").is_none() && stacks.exporter("export-a").is_none());
        (gone.status, gone.deleted_at) = (StackStatus::DeleteComplete, Some(3));
        stacks.put(gone);
        assert!(stacks.find("a").is_none() && stacks.exporter("export-a").is_none());
        assert!(stacks.find("id-a-1").is_some());
        assert_eq!((stacks.living(), stacks.len(), names(stacks.newest_first())), (1, 2, vec!["b"]));
    }

    #[test]
    fn deleted_stacks_are_remembered_for_90_days_and_not_without_number() {
        let mut stacks: Stacks = (0..2_002).map(|at| stack("a", StackStatus::DeleteComplete, at)).collect();
        stacks.put(stack("b", StackStatus::CreateComplete, 0));
        let forgotten = |stacks: &mut Stacks, now| std::iter::from_fn(|| stacks.forget(now)).count();
        assert_eq!(forgotten(&mut stacks, 2_001), 2);
        assert_eq!(forgotten(&mut stacks, 12 + REMEMBERED), 10);
        assert_eq!((stacks.living(), stacks.len()), (1, 1_991));
    }
}
