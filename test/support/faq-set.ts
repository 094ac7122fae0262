// cspell:ignore adress airpot barbeque canceled cancle checkin checkout depositt dishs houshold internetz invoce
// cspell:ignore kitchn languge parcking passwort pyament recieve refnd resevation smocking wheelchairs wifi wlan
/** Questions and answers as a product has them, and what people ask: our own labelled set for the search. */
export interface LabelledFaq {
  readonly key: string;
  readonly question: string;
  readonly answer: string;
  readonly keywords?: readonly string[];
}

export const FAQS: readonly LabelledFaq[] = [
  {
    key: 'cancel',
    question: 'How do I cancel my booking?',
    answer:
      'Open My bookings, choose the stay and press Cancel. Up to 14 days before arrival the cancellation is free; later we keep the first night.',
    keywords: ['cancellation', 'call off'],
  },
  {
    key: 'change-dates',
    question: 'Can I change the dates of my stay?',
    answer:
      'Yes, as long as the home is free on the new dates. Open My bookings and choose Change dates; a difference in price is charged or returned.',
    keywords: ['move', 'postpone', 'reschedule'],
  },
  {
    key: 'refund',
    question: 'When do I get my refund?',
    answer:
      'We return money to the card or account that you paid from within five working days. Your bank may need a few days more to show it.',
    keywords: ['money back', 'repayment'],
  },
  {
    key: 'deposit',
    question: 'Do I have to pay a security deposit?',
    answer:
      'Most homes ask for a deposit of 200 to 500 euros. It is blocked on your card at arrival and released within seven days after departure if nothing is damaged.',
    keywords: ['caution', 'damage'],
  },
  {
    key: 'payment-methods',
    question: 'Which payment methods do you accept?',
    answer: 'Visa, Mastercard, American Express, PayPal and bank transfer. We do not take cash or cheques.',
    keywords: ['credit card', 'pay'],
  },
  {
    key: 'invoice',
    question: 'Where can I find my invoice?',
    answer:
      'Every invoice is in My bookings under Documents, as a PDF. For a company name or a VAT number write to us before arrival.',
    keywords: ['receipt', 'bill', 'tax'],
  },
  {
    key: 'check-in',
    question: 'What time is check-in?',
    answer:
      'You can arrive from 3 pm on. Self check-in with a code is possible at any later hour; tell the host if you come after 10 pm.',
    keywords: ['arrival', 'arrive late'],
  },
  {
    key: 'check-out',
    question: 'What time do I have to leave?',
    answer: 'Check-out is until 11 am. Some hosts allow a late departure for a fee if nobody arrives on that day.',
    keywords: ['departure', 'leaving'],
  },
  {
    key: 'keys',
    question: 'How do I get the keys?',
    answer:
      'Two days before arrival we send the code of the key box, or the name and telephone number of the person who hands the keys over.',
    keywords: ['door code', 'access', 'lock'],
  },
  {
    key: 'pets',
    question: 'Are pets allowed?',
    answer: 'Homes with the sign Pets welcome take up to two dogs or cats, usually for a cleaning fee of 30 euros.',
    keywords: ['dog', 'cat', 'animals'],
  },
  {
    key: 'smoking',
    question: 'May I smoke in the home?',
    answer: 'No. Smoking is forbidden indoors everywhere; on balconies and in gardens it is up to the host.',
    keywords: ['cigarette', 'smoker'],
  },
  {
    key: 'parking',
    question: 'Is there a parking space?',
    answer:
      'The description of each home says whether a garage or a space in the yard belongs to it, and what it costs.',
    keywords: ['car', 'garage'],
  },
  {
    key: 'wifi',
    question: 'Does the home have Wi-Fi?',
    answer:
      'All homes have internet access. Name and password of the network are in the house manual on the kitchen table.',
    keywords: ['wifi', 'wlan', 'internet', 'network'],
  },
  {
    key: 'kitchen',
    question: 'What is in the kitchen?',
    answer:
      'Stove, oven, fridge, pots, pans, dishes and cutlery. A dishwasher is there if the list of equipment names it.',
    keywords: ['cook', 'equipment'],
  },
  {
    key: 'towels',
    question: 'Are towels and bed linen included?',
    answer: 'Yes, a set for each guest. For stays of more than ten nights there is a second set.',
    keywords: ['sheets', 'bedding'],
  },
  {
    key: 'cleaning',
    question: 'Who does the final cleaning?',
    answer: 'A cleaning service comes after you have left. Please wash the dishes and take the rubbish out.',
    keywords: ['clean', 'tidy'],
  },
  {
    key: 'children',
    question: 'Do you have cots and high chairs for children?',
    answer: 'Many hosts lend a baby cot and a high chair for free. Ask for them when you book.',
    keywords: ['baby', 'kids', 'family', 'crib'],
  },
  {
    key: 'wheelchair',
    question: 'Which homes are accessible by wheelchair?',
    answer: 'Set the filter Accessible. These homes have no steps, wide doors and a shower without a threshold.',
    keywords: ['disabled', 'barrier-free'],
  },
  {
    key: 'airport',
    question: 'How do I get from the airport to the home?',
    answer:
      'Buses and taxis wait in front of the terminal. We can also order a transfer for a fixed price: write to us two days ahead.',
    keywords: ['transfer', 'taxi', 'shuttle', 'flight'],
  },
  {
    key: 'damage',
    question: 'What do I do if I break something?',
    answer:
      'Tell the host at once and send a photo. Small things are rarely charged; the rest is taken from the deposit.',
    keywords: ['broken', 'accident', 'insurance'],
  },
  {
    key: 'not-working',
    question: 'Something in the home does not work. Who helps?',
    answer:
      'Call the emergency number in the house manual: for heating, water and electricity somebody comes on the same day.',
    keywords: ['repair', 'heating', 'hot water', 'emergency'],
  },
  {
    key: 'password',
    question: 'I forgot my password. What now?',
    answer: 'Choose Forgot password on the log-in page. We send you a link by which you set a new one.',
    keywords: ['login', 'sign in', 'reset'],
  },
  {
    key: 'delete-account',
    question: 'How do I delete my account?',
    answer:
      'In the settings under Privacy. We erase your data after 30 days, except invoices, which the law makes us keep.',
    keywords: ['close profile', 'gdpr', 'erase'],
  },
  {
    key: 'become-host',
    question: 'How can I rent out my own home?',
    answer:
      'Register as a host, add photos and a calendar, and set a price. We check the listing within two days. Our commission is 12 percent.',
    keywords: ['landlord', 'list my property', 'owner'],
  },
  {
    key: 'long-stay',
    question: 'Is there a discount for long stays?',
    answer: 'From seven nights on many homes are 10 percent cheaper, from 28 nights on up to 30 percent.',
    keywords: ['monthly', 'cheaper', 'weekly'],
  },
  {
    key: 'contact',
    question: 'How can I reach customer service?',
    answer: 'By chat on every page, by mail, or by telephone from 8 am to 8 pm, in English, German and Thai.',
    keywords: ['support', 'phone', 'speak to somebody', 'language'],
  },
];

/** What people ask, and the document that answers it. */
export const QUESTIONS: readonly (readonly [question: string, key: string])[] = [
  ['how to cancel a reservation', 'cancel'],
  ['I need to call off my trip', 'cancel'],
  ['cancle booking', 'cancel'],
  ['cancellation policy free of charge', 'cancel'],
  ['can we postpone our stay by a week', 'change-dates'],
  ['move my booking to other dates', 'change-dates'],
  ['where is my money back', 'refund'],
  ['refnd not arrived yet', 'refund'],
  ['how long until I recieve the refund on my card', 'refund'],
  ['how much is the depositt', 'deposit'],
  ['when is the security deposit released', 'deposit'],
  ['do you take american express', 'payment-methods'],
  ['can I pay by bank transfer', 'payment-methods'],
  ['pyament methods', 'payment-methods'],
  ['I need a receipt for tax', 'invoice'],
  ['download invoce pdf', 'invoice'],
  ['invoice with company vat number', 'invoice'],
  ['earliest arrival time', 'check-in'],
  ['we arrive late at night, is that ok', 'check-in'],
  ['self check-in at midnight', 'check-in'],
  ['late departure possible?', 'check-out'],
  ['when must we leave the apartment', 'check-out'],
  ['where do I pick up the keys', 'keys'],
  ['what is the code for the door', 'keys'],
  ['can I bring my dog', 'pets'],
  ['cats welcome?', 'pets'],
  ['smocking on the balcony', 'smoking'],
  ['is there a garage for my car', 'parking'],
  ['parcking', 'parking'],
  ['what is the wifi password', 'wifi'],
  ['internet connection', 'wifi'],
  ['is there an oven and a dishwasher', 'kitchen'],
  ['do I need to bring bed sheets', 'towels'],
  ['who cleans the flat when we leave', 'cleaning'],
  ['baby crib available', 'children'],
  ['travelling with kids, high chair', 'children'],
  ['barrier-free apartments for disabled guests', 'wheelchair'],
  ['shuttle from the airpot', 'airport'],
  ['taxi from terminal to the house', 'airport'],
  ['I broke a glass', 'damage'],
  ['heating is broken and no hot water', 'not-working'],
  ['cannot log in, forgot passwort', 'password'],
  ['reset password link', 'password'],
  ['close my account and erase my data', 'delete-account'],
  ['I want to list my property as a landlord', 'become-host'],
  ['what commission do hosts pay', 'become-host'],
  ['monthly rent cheaper?', 'long-stay'],
  ['talk to customer support on the phone', 'contact'],
];
