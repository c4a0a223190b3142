//! What one evaluation keeps aside while the engine runs: the values behind the holes, the last name that was not
//! there, and where files come from. One thread evaluates one thing at a time, so it is kept with the thread; the
//! engine's own extensions are lost when an evaluation fails, which is when they are needed.

use crate::template::render::Files;
use minijinja::Value;
use std::cell::RefCell;
use std::sync::Arc;

/// What is kept aside.
#[derive(Default)]
pub(super) struct Session {
    /// The values behind the holes, by number.
    pub holes: Vec<Value>,
    /// The last names that were looked up in vain, newest last. The engine looks up some itself when it fails.
    pub misses: Vec<Miss>,
    /// Why the last file could not be had; the engine does not pass that on.
    pub refusal: Option<String>,
    /// Where files come from.
    pub files: Option<Arc<dyn Files>>,
    /// The file that is evaluated; functions that take paths begin at its folder.
    pub path: String,
}

/// A name that was not there.
pub(super) struct Miss {
    /// The name.
    pub name: String,
    /// What holds the names that were there: an object whose keys can be listed.
    pub known: Box<dyn Fn() -> Vec<String>>,
}

/// How many names are remembered.
const MOST_MISSES: usize = 16;

thread_local! {
    static CURRENT: RefCell<Vec<Session>> = const { RefCell::new(Vec::new()) };
}

/// Remembers a name that was not there.
pub(super) fn missed(name: &str, known: impl Fn() -> Vec<String> + 'static) {
    with(|session| {
        if session.misses.len() >= MOST_MISSES {
            session.misses.remove(0);
        }
        session.misses.push(Miss { name: name.to_owned(), known: Box::new(known) });
    });
}

/// Runs something with a new session, and gives back what the session kept.
pub(super) fn run<T>(path: &str, files: Option<Arc<dyn Files>>, work: impl FnOnce() -> T) -> (T, Session) {
    /// Takes the session away again even when the work unwinds.
    struct Guard;
    impl Drop for Guard {
        fn drop(&mut self) {
            CURRENT.with_borrow_mut(Vec::pop);
        }
    }
    let session = Session { files, path: path.to_owned(), ..Session::default() };
    CURRENT.with_borrow_mut(|all| all.push(session));
    let guard = Guard;
    let result = work();
    let session = with(std::mem::take).unwrap_or_default();
    drop(guard);
    (result, session)
}

/// Calls a function with the current session, where there is one.
pub(super) fn with<T>(visit: impl FnOnce(&mut Session) -> T) -> Option<T> {
    CURRENT.with_borrow_mut(|all| all.last_mut().map(visit))
}
