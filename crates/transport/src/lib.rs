//! HTTP with time-outs, spending guard, retry rules, rate limits and one shared token for all processes.
