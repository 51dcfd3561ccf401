// An OAuth server of other people's making, at the paths of Entra and over TLS.
//
//   node server.mjs CERT.pem KEY.pem [SECONDS]
//
// SECONDS is the life of its tokens, 3600 where it is left out. Prints a JSON line {"port": N} once it listens,
// then one {"form": {...}, "token": "..."} a request. It ends when its standard input does. Nothing is checked
// here but the one client id that stands for a refusal: the test looks at what is printed.
import { OAuth2Server } from 'oauth2-mock-server';

const [certificate, key, life = '3600'] = process.argv.slice(2);
const server = new OAuth2Server(key, certificate, {
  endpoints: { token: '/:tenant/oauth2/v2.0/token' },
});
await server.issuer.keys.generate('RS256');

const say = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

server.service.on('beforeTokenSigning', (token, request) => {
  // What an application token for Graph says of itself.
  const { scope, ...claims } = token.payload;
  token.payload = {
    ...claims,
    aud: scope.replace(/\/\.default$/, ''),
    appid: request.body.client_id,
    tid: request.params.tenant,
    idtyp: 'app',
    roles: ['Calls.Initiate.All'],
    exp: claims.iat + Number(life),
  };
});

server.service.on('beforeResponse', (response, request) => {
  if (request.body.client_id === 'refused') {
    response.statusCode = 401;
    response.body = {
      error: 'invalid_client',
      error_description: 'AADSTS7000215: Invalid client secret provided.\r\nTrace ID: 0\r\nTimestamp: 0',
      error_codes: [7000215],
    };
  } else {
    response.body.expires_in = Number(life);
  }
  say({ path: request.path, form: request.body, token: response.body.access_token ?? null });
});

await server.start(0, '127.0.0.1');
say({ port: server.address().port });
process.stdin.resume().on('end', () => process.exit(0));
