// A certified OpenID provider, as strict as it comes: PKCE for everybody, redirects letter by letter, codes once.
import { Provider } from 'oidc-provider'

const [port, redirectUri] = process.argv.slice(2)
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [
    {
      client_id: 'analisa',
      client_secret: 'a secret of at least thirty-two letters',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code'],
      response_types: ['code'],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  pkce: { required: () => true },
  scopes: ['openid', 'email', 'profile'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: false,
  features: { devInteractions: { enabled: true } },
  cookies: { keys: ['of this test'] },
  async findAccount(_, id) {
    return {
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@example.org`, email_verified: true, name: 'Ana Exemplo' }),
    }
  },
})
provider.listen(Number(port), '127.0.0.1')
