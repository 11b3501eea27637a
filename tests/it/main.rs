//! Integration tests.

#[cfg(test)]
mod signin_authority;
#[cfg(test)]
mod signin_auto;
#[cfg(test)]
mod signin_device;
#[cfg(test)]
mod signin_managed;
#[cfg(test)]
mod signin_support;
#[cfg(test)]
mod signin_terminal;
#[cfg(test)]
mod signin_tools;
