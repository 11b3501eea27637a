//! `nsp sweep`: removes temporary access rules that have expired.
