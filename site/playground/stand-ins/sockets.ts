/** What opens sockets: a selector makes none of these where it is given an exchange and a prober. */
class NoSocket {
  constructor() {
    throw new Error('a page opens no socket');
  }
}

export { NoSocket as Do53Exchange, NoSocket as DotExchange, NoSocket as DotProber };
