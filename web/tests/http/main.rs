//! The server as its clients see it, over HTTP: the modules mirror the URLs.

#[cfg(test)]
mod access;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod v1;
#[cfg(test)]
mod well_known;
#[cfg(test)]
mod world;
