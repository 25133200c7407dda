// Where everything is.
export interface Shop {
  /** Whose tokens are accepted. */
  issuer: string;
  /** Of the gateway: the audience of the tokens. */
  url: string;
  ports: { orders: number; stock: number };
}

/** The services are not for the world. */
export const HOST = '127.0.0.1';
