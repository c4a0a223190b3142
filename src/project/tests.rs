//! Projects that exist only here: what assembles, and what is told of those that are broken.

use super::*;
use crate::project::files::memory::Memory;

#[test]
fn scratch_quiz() {
    let Ok(root) = std::env::var("QUIZ") else { return };
    let project = Project::open(Path::new(&root)).unwrap();
    let names = project.select(&[]).unwrap();
    let start = std::time::Instant::now();
    let assembled = project.assemble(&names, &[]);
    println!("{:?}", start.elapsed());
    for finding in &assembled.findings {
        println!("{} {:?} {:?} {} {:?} {:?}", finding.code, finding.severity, finding.place, finding.message, finding.help, finding.subject);
    }
    for environment in assembled.assembly.wanted() {
        println!("{} {:?} {:?}", environment.name, environment.accounts, environment.artifact_buckets);
        for stack in &environment.stacks {
            println!("  {} {} {:?} {:?}", stack.label, stack.name, stack.capabilities, stack.needs.len());
            for parameter in &stack.parameters { println!("     {} {:?}", parameter.name, parameter.input); }
        }
    }
    println!("{:#?}", project.explain("quiz/staging", "web.MinSize", &[]));
    println!("{:#?}", project.explain("quiz/staging", "values.database_storage", &[]));
}
