export { type ClientHello, parseClientHello } from '../../src/testing/client-hello.js';
