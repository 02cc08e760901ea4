//! End-to-end tests of the built program.

mod account;
mod canary;
mod check;
mod contract;
mod demo;
mod faults;
mod finfo;
mod finfo_operations;
mod jobs;
mod lines;
mod operations;
mod output;
mod panics;
mod reader;
mod sandbox;
mod secrets;
mod submit;
mod support;
mod terminal;
mod tokens;
