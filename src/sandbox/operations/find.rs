//! Finds stacks, in the words that each operation has for those that do not exist.

use super::super::refusal::Refusal;
use super::super::stack::Stack;
use super::Call;

impl Call<'_> {
    /// The name or id in the request.
    pub(super) fn stack_name(&self) -> Result<String, Refusal> {
        self.input.required("StackName").map(str::to_owned)
    }

    /// A stack, or `Stack with id X does not exist`.
    pub(super) fn stack_with_id(&self, name: &str) -> Result<&Stack, Refusal> {
        let found = self.world.stack(&self.place, name);
        found.ok_or_else(|| Refusal::validation(format!("Stack with id {name} does not exist")))
    }

    /// A stack, or `Stack [X] does not exist`.
    pub(super) fn stack_in_brackets(&self, name: &str) -> Result<&Stack, Refusal> {
        let found = self.world.stack(&self.place, name);
        found.ok_or_else(|| Refusal::validation(format!("Stack [{name}] does not exist")))
    }

    /// A stack, or `Stack 'X' does not exist`.
    pub(super) fn stack_in_quotes(&self, name: &str) -> Result<&Stack, Refusal> {
        let found = self.world.stack(&self.place, name);
        found.ok_or_else(|| Refusal::validation(format!("Stack '{name}' does not exist")))
    }

    /// Changes a stack in place.
    pub(super) fn change<T>(&mut self, id: &str, change: impl FnOnce(&mut Stack) -> T) -> Result<T, Refusal> {
        let taken = self.world.take(&self.place, id);
        let mut stack = taken.ok_or_else(|| Refusal::validation(format!("Stack [{id}] does not exist")))?;
        let result = change(&mut stack);
        self.world.put(&self.place, stack);
        Ok(result)
    }
}
