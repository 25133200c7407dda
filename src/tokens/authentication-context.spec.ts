import { acrOf } from './authentication-context.js';

const options = { authenticationContexts: { '2': ['pwd', 'otp'], '1': ['pwd'] } };

describe('acrOf (OIDC Core §2)', () => {
  it('is the strongest class that the sign-in meets', () => {
    expect(acrOf(['pwd', 'otp'], options)).toBe('2');
    expect(acrOf(['pwd'], options)).toBe('1');
    expect(acrOf(['otp'], options)).toBe('0');
  });

  it('is the class that is asked for, where it is met', () => {
    expect(acrOf(['pwd', 'otp'], options, ['3', '1'])).toBe('1');
    expect(acrOf(['pwd'], options, ['2', 3])).toBe('1');
  });
});
