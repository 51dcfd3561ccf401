//! Proxies: HTTP CONNECT and SOCKS 5. They connect to one double, whatever name they are asked for.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::Graph;

/// A proxy on loopback. Its threads end with the connections.
pub struct Proxy {
    /// Host and port, without a scheme.
    pub address: String,
    seen: Arc<Mutex<Vec<String>>>,
}

/// What a proxy does with a connection.
#[derive(Clone)]
enum Protocol {
    Connect,
    /// Answers CONNECT with this status.
    Refuse(u16),
    /// With the user and password that it wants, if any.
    Socks(Option<(&'static str, &'static str)>),
}

impl Proxy {
    pub fn http(graph: &Graph) -> Self {
        Self::start(Protocol::Connect, address_of(graph))
    }

    pub fn refusing(status: u16) -> Self {
        Self::start(Protocol::Refuse(status), String::new())
    }

    pub fn socks(graph: &Graph, login: Option<(&'static str, &'static str)>) -> Self {
        Self::start(Protocol::Socks(login), address_of(graph))
    }

    fn start(protocol: Protocol, target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (protocol, target, log) = (protocol.clone(), target.clone(), Arc::clone(&log));
                thread::spawn(move || serve(stream, &protocol, &target, &log));
            }
        });
        Self { address, seen }
    }

    /// What it was asked to connect to: the CONNECT request's head, or `name:HOST:PORT`, `ip:ADDRESS:PORT`.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

fn address_of(graph: &Graph) -> String {
    graph.base_url.rsplit('/').next().unwrap().to_owned()
}

fn serve(mut stream: TcpStream, protocol: &Protocol, target: &str, seen: &Mutex<Vec<String>>) {
    let accepted = match protocol {
        Protocol::Connect | Protocol::Refuse(_) => connect(&mut stream, protocol, seen),
        Protocol::Socks(login) => socks(&mut stream, *login, seen),
    };
    if accepted.is_none() {
        return;
    }
    let upstream = TcpStream::connect(target).unwrap();
    let (client, server) = (stream.try_clone().unwrap(), upstream.try_clone().unwrap());
    thread::spawn(move || relay(client, server));
    relay(upstream, stream);
}

fn relay(mut from: TcpStream, mut to: TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Both);
}

fn connect(stream: &mut TcpStream, protocol: &Protocol, seen: &Mutex<Vec<String>>) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(byte(stream)?);
    }
    seen.lock().unwrap().push(String::from_utf8_lossy(&head).into_owned());
    if let Protocol::Refuse(status) = protocol {
        let _ = write!(stream, "HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n");
        return None;
    }
    stream.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").ok()
}

fn socks(stream: &mut TcpStream, login: Option<(&str, &str)>, seen: &Mutex<Vec<String>>) -> Option<()> {
    assert_eq!(byte(stream)?, 5);
    let count = byte(stream)?;
    let methods = bytes(stream, count.into())?;
    let method = if login.is_some() { 2 } else { 0 };
    if !methods.contains(&method) {
        stream.write_all(&[5, 255]).ok()?;
        return None;
    }
    stream.write_all(&[5, method]).ok()?;
    if let Some((user, password)) = login {
        assert_eq!(byte(stream)?, 1);
        let mut text = || {
            let length = byte(stream)?;
            String::from_utf8(bytes(stream, length.into())?).ok()
        };
        let right = (text()?, text()?) == (user.to_owned(), password.to_owned());
        stream.write_all(&[1, u8::from(!right)]).ok()?;
        if !right {
            return None;
        }
    }
    assert_eq!(bytes(stream, 3)?, [5, 1, 0]);
    let host = match byte(stream)? {
        1 => format!("ip:{:?}", bytes(stream, 4)?),
        3 => {
            let length = byte(stream)?;
            format!("name:{}", String::from_utf8(bytes(stream, length.into())?).ok()?)
        }
        other => panic!("address type {other}"),
    };
    let port = bytes(stream, 2)?;
    seen.lock().unwrap().push(format!("{host}:{}", u16::from_be_bytes([port[0], port[1]])));
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).ok()
}

fn byte(stream: &mut TcpStream) -> Option<u8> {
    bytes(stream, 1).map(|bytes| bytes[0])
}

fn bytes(stream: &mut TcpStream, count: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; count];
    stream.read_exact(&mut bytes).ok().map(|()| bytes)
}
