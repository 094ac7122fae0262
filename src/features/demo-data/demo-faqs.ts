interface DemoCategory {
  readonly name: string;
  readonly faqs: readonly { readonly question: string; readonly answer: string; readonly keywords?: string[] }[];
}

/** Questions of each product; another product gets none. */
export const DEMO_FAQS: Readonly<Record<string, readonly DemoCategory[]>> = {
  bestays: [
    {
      name: 'Bookings',
      faqs: [
        {
          question: 'How do I cancel my booking?',
          answer: 'Open My bookings, choose the stay and press Cancel. Up to 14 days before arrival it is free.',
          keywords: ['cancellation', 'call off'],
        },
        {
          question: 'Can I change the dates of my stay?',
          answer: 'Yes, as long as the home is free on the new dates. Open My bookings and choose Change dates.',
          keywords: ['postpone', 'reschedule'],
        },
      ],
    },
    {
      name: 'Your stay',
      faqs: [
        {
          question: 'What time is check-in?',
          answer: 'You can arrive from 3 pm on, and later by yourself with the code that we send you.',
          keywords: ['arrival', 'keys'],
        },
        {
          question: 'Are pets allowed?',
          answer: 'Homes with the sign Pets welcome take up to two dogs or cats for a cleaning fee of 30 euros.',
          keywords: ['dog', 'cat'],
        },
      ],
    },
  ],
  realestate: [
    {
      name: 'Buying',
      faqs: [
        {
          question: 'Can foreigners buy a condominium?',
          answer: 'Yes, as long as foreigners own at most 49 percent of the floor area of the building.',
          keywords: ['ownership', 'quota'],
        },
        {
          question: 'Which costs come with a purchase?',
          answer: 'A transfer fee of 2 percent, and taxes that depend on how long the seller has owned the property.',
          keywords: ['fees', 'tax'],
        },
      ],
    },
    {
      name: 'Viewings',
      faqs: [
        {
          question: 'How do I arrange a viewing?',
          answer: 'Press Request a viewing at the property and propose two times. The agent confirms one within a day.',
          keywords: ['visit', 'appointment'],
        },
      ],
    },
  ],
};
