//! Pure rules of finkit: FIN, period, registration time, records, portfolio conflicts. No I/O, no clock, no async.
