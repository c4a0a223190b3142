//! Values that are known only when something is deployed, or only where formwork runs.

use crate::model::stack::StackAddress;

/// What a stack's parameter is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// A text known from the files. Lists are joined with commas, as CloudFormation takes them.
    Text(String),
    /// Something to be looked up at the time of the plan, and again at the stack's turn.
    Fact(Fact),
    /// Several, joined with commas.
    List(Vec<Input>),
}

/// Something to be looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// `!Output stack.Key`: an output of one deployed stack.
    Output {
        /// The stack that has it.
        producer: StackAddress,
        /// The output's name.
        key: String,
    },
    /// `!Outputs stack.Key`: the output of all instances of a stack, joined with commas.
    Outputs {
        /// The stacks that have it, in the order of the environment.
        producers: Vec<StackAddress>,
        /// The output's name.
        key: String,
    },
    /// `!Ssm /path`: a parameter of Systems Manager in the stack's own account and region.
    Ssm {
        /// The parameter's name.
        name: String,
    },
    /// `!Env NAME`: a variable of the process that runs formwork.
    Env {
        /// The variable's name.
        name: String,
    },
}

impl Input {
    /// Calls a function with every fact in it.
    pub fn each_fact<'a>(&'a self, visit: &mut dyn FnMut(&'a Fact)) {
        match self {
            Self::Text(_) => {}
            Self::Fact(fact) => visit(fact),
            Self::List(items) => items.iter().for_each(|item| item.each_fact(visit)),
        }
    }
}

impl Fact {
    /// The stacks that must be deployed before it is known.
    pub fn producers(&self) -> &[StackAddress] {
        match self {
            Self::Output { producer, .. } => std::slice::from_ref(producer),
            Self::Outputs { producers, .. } => producers,
            Self::Ssm { .. } | Self::Env { .. } => &[],
        }
    }
}
